"""Mail that anybody may ask for: what it can cost, whom it can annoy, and who still gets theirs."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from client import inbox
from contract.limits import SignInLimits
from handlers.core import limits as rules
from handlers.store.aws import client, hasty_client
from tests.account import Account
from tests.door import PASSWORD, Answer, Door, User, new_address
from tests.limits import counted, device_of, from_place, limit, new_source, set_counter

LIMITS = SignInLimits()
OF_A_MAILBOX = LIMITS.mails_per_mailbox_per_day
OF_BOTH = LIMITS.mails_per_mailbox_and_source_per_day
MAILED = ["signin_code", "forgot_password"]


def ask(door: Door, route: str, address: str, source: str = "", device: str = "") -> Answer:
    body = {"email": address, **({"password": PASSWORD} if route == "signup" else {})}
    return door.call(route, body, **from_place(source or new_source(), device))


def mails(door: Door, address: str) -> list[inbox.Message]:
    return [mail for mail in inbox.messages(door.stack.cloud.url) if mail.to == address]


def tagged(address: str, tag: object) -> str:
    name, _, domain = address.partition("@")
    return f"{name}+{tag}@{domain}"


@pytest.fixture
def home() -> str:
    return new_source()


@pytest.fixture
def at_home(door: Door, home: str) -> tuple[User, str]:
    """Somebody who has signed in from home, and their device."""
    user = door.user()
    answer = door.call("signin", {"email": user.address, "password": user.password}, **from_place(home))
    return user, device_of(answer)


@pytest.mark.parametrize("route", MAILED)
def test_one_source_has_three_mails_to_a_mailbox_and_the_owner_has_the_others(
    door: Door, route: str, at_home: tuple[User, str]
) -> None:
    user, _ = at_home
    attacker = new_source()

    assert [ask(door, route, user.address, attacker).status for _ in range(OF_BOTH + 1)] == [202] * OF_BOTH + [429]
    assert ask(door, route, user.address).status == 202


@pytest.mark.parametrize("route", MAILED)
def test_all_unknown_places_have_ten_and_known_ones_have_their_own(
    door: Door, route: str, at_home: tuple[User, str], home: str
) -> None:
    user, device = at_home
    before = len(mails(door, user.address))
    neighbour = home

    assert [ask(door, route, user.address).status for _ in range(OF_A_MAILBOX + 1)] == [202] * OF_A_MAILBOX + [429]
    assert ask(door, route, user.address, neighbour).status == 429, "others in the network see no difference"
    assert ask(door, route, user.address, home, device).status == 202
    assert ask(door, route, user.address, new_source(), device).status == 202
    assert len(mails(door, user.address)) == before + OF_A_MAILBOX + 2


@pytest.mark.parametrize("route", MAILED)
def test_a_known_device_has_ten(door: Door, route: str, at_home: tuple[User, str]) -> None:
    user, device = at_home
    most = LIMITS.mails_per_known_device_per_day

    answers = [ask(door, route, user.address, new_source(), device) for _ in range(most + 1)]

    assert [answer.status for answer in answers] == [202] * most + [429]


@pytest.mark.parametrize("route", MAILED)
def test_many_known_devices_of_a_thief_have_thirty_together(
    door: Door, route: str, at_home: tuple[User, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has the password makes as many known devices as they like."""
    user, _ = at_home
    limit(door, monkeypatch, mails_per_mailbox_by_known_devices_per_day=3)
    signing_in = {"email": user.address, "password": user.password}
    devices = [device_of(door.call("signin", signing_in, **from_place(new_source()))) for _ in range(4)]

    assert [ask(door, route, user.address, "", device).status for device in devices] == [202] * 3 + [429]
    assert LIMITS.mails_per_mailbox_by_known_devices_per_day == 30


def test_one_source_with_many_accounts_leaves_the_others_their_mail(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(door, monkeypatch, mails_per_source_by_known_devices_per_day=2)
    attacker, statuses = new_source(), []
    for user in (door.user() for _ in range(3)):
        signing_in = {"email": user.address, "password": user.password}
        device = device_of(door.call("signin", signing_in, **from_place(attacker)))
        statuses.append(ask(door, "signin_code", user.address, attacker, device).status)

    assert statuses == [202, 202, 429]
    assert ask(door, "signin_code", user.address, new_source(), device).status == 202
    assert 5 * LIMITS.mails_per_source_by_known_devices_per_day <= LIMITS.mails_per_day // 2


@pytest.mark.parametrize(("route", "most"), [("signin_code", OF_A_MAILBOX), ("signup", 5)])
def test_tags_make_no_other_mailbox(door: Door, route: str, most: int) -> None:
    address = new_address()

    statuses = [ask(door, route, tagged(address, number)).status for number in range(most + 1)]

    assert statuses == [202] * most + [429]


def test_one_source_has_a_limit_for_all_mailboxes(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(door, monkeypatch, mails_per_source_per_day=4)
    attacker = new_source()

    statuses = [ask(door, route, new_address(), attacker).status for route in ("signup", *MAILED, "signup", *MAILED)]

    assert statuses == [202] * 4 + [429] * 2


def test_the_stage_keeps_half_of_its_mail_for_known_places(
    door: Door, at_home: tuple[User, str], home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What strangers have used up does not keep an owner's code back."""
    user, device = at_home
    used = max(_used(door, "mail:unknown"), _used(door, "mail:known"))
    set_counter(door, _today("mail:unknown"), used)
    limit(door, monkeypatch, mails_per_day=2 * (used + 2))

    statuses = [ask(door, route, new_address()).status for route in ("signup", "signin_code", "forgot_password")]

    assert statuses == [202, 202, 429]
    assert ask(door, "signin_code", user.address).status == 429, "unknown places are answered alike"
    assert ask(door, "signin_code", user.address, home, device).status == 202


def test_known_places_have_a_limit_of_the_stage_too(
    door: Door, at_home: tuple[User, str], home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, device = at_home
    limit(door, monkeypatch, mails_per_day=2 * (_used(door, "mail:known") + 1))

    assert [ask(door, "signin_code", user.address, home, device).status for _ in range(2)] == [202, 429]


def test_an_address_without_an_account_is_told_once_a_day(door: Door) -> None:
    stranger = new_address()

    statuses = [ask(door, route, stranger).status for route in MAILED * 2]

    assert statuses == [202] * 4
    assert [mail.subject for mail in mails(door, stranger)] == ["No account"]


def test_the_owner_of_a_taken_address_is_told_once_a_day(door: Door) -> None:
    taken = door.user().address

    assert [ask(door, "signup", taken).status for _ in range(3)] == [202] * 3

    assert [mail.subject for mail in mails(door, taken)].count("You have an account already") == 1


@pytest.mark.parametrize("is_taken", [True, False])
def test_an_address_has_five_sign_ups_a_day(door: Door, is_taken: bool) -> None:
    address = door.user().address if is_taken else new_address()
    most = LIMITS.sign_ups_per_mailbox_per_day - is_taken

    answers = [ask(door, "signup", address) for _ in range(most + 1)]

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

    def refuse(request: Any, **_: Any) -> AWSResponse:
        body = b'{"message": "ada@example.com is suspended"}'
        headers = {"x-amzn-errortype": "SendingPausedException"}
        return AWSResponse(request.url, 400, headers, type("Raw", (), {"stream": lambda *_, **__: iter([body])})())

    clients = [client("sesv2"), hasty_client("sesv2")]
    for one in clients:
        one.meta.events.register("before-send", refuse, unique_id="no-mail")
    yield
    for one in clients:
        one.meta.events.unregister("before-send", unique_id="no-mail")


@pytest.mark.parametrize("route", ["signup", *MAILED])
def test_mail_that_cannot_be_sent_is_said_alike_of_all_addresses(
    door: Door, at_home: tuple[User, str], no_mail: None, route: str, capsys: pytest.CaptureFixture[str]
) -> None:
    user, _ = at_home
    answers = [ask(door, route, address) for address in (user.address, new_address())]

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
    begun = account.door.call("forgot_password", {"email": account.user.address}).body
    code = account.mailed_code()
    request.getfixturevalue("no_mail")

    made = account.call("make_recovery_codes")
    assert made.status == 200
    first = {"challenge_id": begun["challenge_id"], "password": "seven quiet herons wade home", "code": code}
    assert account.door.call("reset_password", first).status == 202
    second = {**first, "factor_id": "recovery", "code": made.body["codes"][0]}
    assert account.door.call("reset_password", second).status == 204


def _used(door: Door, counter: str) -> int:
    return counted(door, _today(counter))


def _today(counter: str) -> str:
    return rules.daily(counter, 1, 1, int(time.time())).counter


def test_limits_that_are_full_stay_full_until_midnight(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    present = time.time()
    stranger, source = new_address(), new_source()
    for _ in range(OF_BOTH):
        assert ask(door, "signin_code", stranger, source).status == 202
    assert ask(door, "signin_code", stranger, source).status == 429

    monkeypatch.setattr(time, "time", lambda: present + 86400)

    assert ask(door, "signin_code", stranger, source).status == 202
