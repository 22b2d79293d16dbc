"""Limits of mail that anybody may request: its cost, its recipients, and the owner's own share."""

import time
from collections.abc import Callable, Iterator

import pytest

from contract.limits import SignInLimits
from handlers.core.limits import counters as rules
from handlers.store.aws.connections import Answer as AwsAnswer
from sallyport.client.stack import inbox
from tests.support.account import Account
from tests.support.aws_calls import answered_by
from tests.support.handlers import PASSWORD, Answer, Handlers, User, new_address
from tests.support.limits import counted, device_of, from_place, limit, new_source, set_counter

LIMITS = SignInLimits()
OF_A_MAILBOX = LIMITS.mails_per_mailbox_per_day
OF_BOTH = LIMITS.mails_per_mailbox_and_source_per_day
MAILED = ["signin_code", "forgot_password"]


def ask(handlers: Handlers, route: str, address: str, source: str = "", device: str = "") -> Answer:
    body = {"email": address, **({"password": PASSWORD} if route == "signup" else {})}
    return handlers.call(route, body, **from_place(source or new_source(), device))


def mails(handlers: Handlers, address: str) -> list[inbox.Message]:
    return [mail for mail in inbox.messages(handlers.stack.cloud.url) if mail.to == address]


def tagged(address: str, tag: object) -> str:
    name, _, domain = address.partition("@")
    return f"{name}+{tag}@{domain}"


@pytest.fixture
def home() -> str:
    return new_source()


@pytest.fixture
def at_home(handlers: Handlers, home: str) -> tuple[User, str]:
    """Somebody who has signed in from home, and their device."""
    user = handlers.user()
    answer = handlers.call("signin", {"email": user.address, "password": user.password}, **from_place(home))
    return user, device_of(answer)


@pytest.mark.parametrize("route", MAILED)
def test_one_source_has_three_mails_to_a_mailbox_and_the_owner_has_the_others(
    handlers: Handlers, route: str, at_home: tuple[User, str]
) -> None:
    user, _ = at_home
    attacker = new_source()

    assert [ask(handlers, route, user.address, attacker).status for _ in range(OF_BOTH + 1)] == [202] * OF_BOTH + [429]
    assert ask(handlers, route, user.address).status == 202


@pytest.mark.parametrize("route", MAILED)
def test_all_unknown_places_have_ten_and_known_ones_have_their_own(
    handlers: Handlers, route: str, at_home: tuple[User, str], home: str
) -> None:
    user, device = at_home
    before = len(mails(handlers, user.address))
    neighbour = home

    assert [ask(handlers, route, user.address).status for _ in range(OF_A_MAILBOX + 1)] == [202] * OF_A_MAILBOX + [429]
    assert ask(handlers, route, user.address, neighbour).status == 429, "others in the network see no difference"
    assert ask(handlers, route, user.address, home, device).status == 202
    assert ask(handlers, route, user.address, new_source(), device).status == 202
    assert len(mails(handlers, user.address)) == before + OF_A_MAILBOX + 2


@pytest.mark.parametrize("route", MAILED)
def test_a_known_device_has_ten(handlers: Handlers, route: str, at_home: tuple[User, str]) -> None:
    user, device = at_home
    most = LIMITS.mails_per_known_device_per_day

    answers = [ask(handlers, route, user.address, new_source(), device) for _ in range(most + 1)]

    assert [answer.status for answer in answers] == [202] * most + [429]


@pytest.mark.parametrize("route", MAILED)
def test_many_known_devices_of_a_thief_have_thirty_together(
    handlers: Handlers, route: str, at_home: tuple[User, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has the password makes as many known devices as they like."""
    user, _ = at_home
    limit(handlers, monkeypatch, mails_per_mailbox_by_known_devices_per_day=3)
    signing_in = {"email": user.address, "password": user.password}
    devices = [device_of(handlers.call("signin", signing_in, **from_place(new_source()))) for _ in range(4)]

    assert [ask(handlers, route, user.address, "", device).status for device in devices] == [202] * 3 + [429]
    assert LIMITS.mails_per_mailbox_by_known_devices_per_day == 30


def test_one_source_with_many_accounts_leaves_the_others_their_mail(
    handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(handlers, monkeypatch, mails_per_source_by_known_devices_per_day=2)
    attacker, statuses = new_source(), []
    for user in (handlers.user() for _ in range(3)):
        signing_in = {"email": user.address, "password": user.password}
        device = device_of(handlers.call("signin", signing_in, **from_place(attacker)))
        statuses.append(ask(handlers, "signin_code", user.address, attacker, device).status)

    assert statuses == [202, 202, 429]
    assert ask(handlers, "signin_code", user.address, new_source(), device).status == 202
    assert 5 * LIMITS.mails_per_source_by_known_devices_per_day <= LIMITS.mails_per_day // 2


@pytest.mark.parametrize(("route", "most"), [("signin_code", OF_A_MAILBOX), ("signup", 5)])
def test_tags_make_no_other_mailbox(handlers: Handlers, route: str, most: int) -> None:
    address = new_address()

    statuses = [ask(handlers, route, tagged(address, number)).status for number in range(most + 1)]

    assert statuses == [202] * most + [429]


def test_one_source_has_a_limit_for_all_mailboxes(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(handlers, monkeypatch, mails_per_source_per_day=4)
    attacker = new_source()

    statuses = [
        ask(handlers, route, new_address(), attacker).status for route in ("signup", *MAILED, "signup", *MAILED)
    ]

    assert statuses == [202] * 4 + [429] * 2


def test_the_stage_keeps_half_of_its_mail_for_known_places(
    handlers: Handlers, at_home: tuple[User, str], home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What strangers have used up does not keep an owner's code back."""
    user, device = at_home
    used = max(_used(handlers, "mail:unknown"), _used(handlers, "mail:known"))
    set_counter(handlers, _today("mail:unknown"), used)
    limit(handlers, monkeypatch, mails_per_day=2 * (used + 2))

    statuses = [ask(handlers, route, new_address()).status for route in ("signup", "signin_code", "forgot_password")]

    assert statuses == [202, 202, 429]
    assert ask(handlers, "signin_code", user.address).status == 429, "unknown places are answered alike"
    assert ask(handlers, "signin_code", user.address, home, device).status == 202


def test_known_places_have_a_limit_of_the_stage_too(
    handlers: Handlers, at_home: tuple[User, str], home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, device = at_home
    limit(handlers, monkeypatch, mails_per_day=2 * (_used(handlers, "mail:known") + 1))

    assert [ask(handlers, "signin_code", user.address, home, device).status for _ in range(2)] == [202, 429]


def test_an_address_without_an_account_is_told_once_a_day(handlers: Handlers) -> None:
    stranger = new_address()

    statuses = [ask(handlers, route, stranger).status for route in MAILED * 2]

    assert statuses == [202] * 4
    assert [mail.subject for mail in mails(handlers, stranger)] == ["No account"]


def test_the_owner_of_a_taken_address_is_told_once_a_day(handlers: Handlers) -> None:
    taken = handlers.user().address

    assert [ask(handlers, "signup", taken).status for _ in range(3)] == [202] * 3

    assert [mail.subject for mail in mails(handlers, taken)].count("You have an account already") == 1


@pytest.mark.parametrize("is_taken", [True, False])
def test_an_address_has_five_sign_ups_a_day(handlers: Handlers, is_taken: bool) -> None:
    address = handlers.user().address if is_taken else new_address()
    most = LIMITS.sign_ups_per_mailbox_per_day - is_taken

    answers = [ask(handlers, "signup", address) for _ in range(most + 1)]

    assert [answer.status for answer in answers] == [202] * most + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 86400


def test_who_steps_up_by_mail_has_a_limit(account: Account) -> None:
    """Of one session; and of all sessions, of which a thief of the password has as many as they like."""
    most, of_all = LIMITS.mails_per_known_device_per_day, LIMITS.mails_per_mailbox_by_known_devices_per_day

    sent = []
    for _ in range(of_all // most):
        account.sign_in()
        sent += [account.call("step_up").status for _ in range(most + 1)]
    account.sign_in()

    assert sent == ([202] * most + [429]) * (of_all // most)
    assert account.call("step_up").status == 429


@pytest.fixture
def no_mail() -> Iterator[None]:
    """SES refuses everything, as it does when it has suspended an account."""
    body = b'{"message": "ada@example.com is suspended"}'
    with answered_by("sesv2", lambda: AwsAnswer(400, {"x-amzn-errortype": "SendingPausedException"}, body)):
        yield


@pytest.mark.parametrize("route", ["signup", *MAILED])
def test_mail_that_cannot_be_sent_is_said_alike_of_all_addresses(
    handlers: Handlers, at_home: tuple[User, str], no_mail: None, route: str, capsys: pytest.CaptureFixture[str]
) -> None:
    user, _ = at_home
    answers = [ask(handlers, route, address) for address in (user.address, new_address())]

    assert {(answer.status, answer.text) for answer in answers} == {(503, answers[0].text)}
    assert answers[0].body["code"] == "mail_unavailable"
    said = capsys.readouterr().out
    assert '"mail_not_sent", "reason": "SendingPausedException"' in said
    assert "@example.com" not in said


Change = Callable[[Account], Answer]


def test_a_notice_that_cannot_be_sent_delays_nothing_that_protects(
    account: Account, request: pytest.FixtureRequest
) -> None:
    """A reset, a factor that is added, and one that is removed."""
    app = account.add_totp()
    account.sign_in_strongly(app)
    begun = account.handlers.call("forgot_password", {"email": account.user.address}).body
    code = account.mailed_code()
    request.getfixturevalue("no_mail")

    made = account.call("make_recovery_codes")
    assert made.status == 200
    first = {"challenge_id": begun["challenge_id"], "password": "seven quiet herons wade home", "code": code}
    assert account.handlers.call("reset_password", first).status == 202
    second = {**first, "factor_id": "recovery", "code": made.body["codes"][0]}
    assert account.handlers.call("reset_password", second).status == 204


def _used(handlers: Handlers, counter: str) -> int:
    return counted(handlers, _today(counter))


def _today(counter: str) -> str:
    return rules.daily(counter, 1, 1, int(time.time())).counter


def test_limits_that_are_full_stay_full_until_midnight(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    present = time.time()
    stranger, source = new_address(), new_source()
    for _ in range(OF_BOTH):
        assert ask(handlers, "signin_code", stranger, source).status == 202
    assert ask(handlers, "signin_code", stranger, source).status == 429

    monkeypatch.setattr(time, "time", lambda: present + 86400)

    assert ask(handlers, "signin_code", stranger, source).status == 202
