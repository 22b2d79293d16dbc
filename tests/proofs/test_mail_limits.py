"""Mail that anybody may ask for: what it can cost, whom it can annoy, and who still gets theirs."""

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
from tests.limits import device_of, from_place, limit, new_source

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

    assert [ask(door, route, user.address).status for _ in range(OF_A_MAILBOX + 1)] == [202] * OF_A_MAILBOX + [429]
    assert ask(door, route, user.address, home).status == 202
    assert ask(door, route, user.address, new_source(), device).status == 202
    assert len(mails(door, user.address)) == before + OF_A_MAILBOX + 2


@pytest.mark.parametrize("route", MAILED)
def test_a_known_place_has_ten(door: Door, route: str, at_home: tuple[User, str], home: str) -> None:
    user, _ = at_home
    most = LIMITS.mails_per_known_place_per_day

    assert [ask(door, route, user.address, home).status for _ in range(most + 1)] == [202] * most + [429]


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
    user, _ = at_home
    used = _used(door, "mail:unknown")
    limit(door, monkeypatch, mails_per_day=2 * (used + 2))

    statuses = [ask(door, route, new_address()).status for route in ("signup", "signin_code", "forgot_password")]

    assert statuses == [202, 202, 429]
    assert ask(door, "signin_code", user.address).status == 429, "unknown places are answered alike"
    assert ask(door, "signin_code", user.address, home).status == 202


def test_known_places_have_a_limit_of_the_stage_too(
    door: Door, at_home: tuple[User, str], home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, _ = at_home
    limit(door, monkeypatch, mails_per_day=2 * (_used(door, "mail:known") + 1))

    assert [ask(door, "signin_code", user.address, home).status for _ in range(2)] == [202, 429]


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
    account.sign_in()
    most = LIMITS.mails_per_known_place_per_day

    assert [account.call("step_up").status for _ in range(most + 1)] == [202] * most + [429]


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
    door: Door, no_mail: None, route: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = [ask(door, route, address) for address in (door_user(door), new_address())]

    assert {(answer.status, answer.text) for answer in answers} == {(503, answers[0].text)}
    assert answers[0].body["code"] == "mail_unavailable"
    said = capsys.readouterr().out
    assert '"mail_not_sent", "reason": "SendingPausedException"' in said
    assert "@example.com" not in said


def door_user(door: Door) -> str:
    """The address of a user who is there already: no mail can be read here."""
    return str(
        next(
            item["email"]["S"]
            for item in door.items()
            if item["pk"]["S"].startswith("user#") and len(item["pk"]["S"]) > 30
        )
    )


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
    import time

    charge = rules.daily(counter, 1, 1, int(time.time()))
    items = {item["pk"]["S"]: item for item in door.items()}
    found = items.get(f"limit#{charge.counter}")
    return int(found["charged"]["N"]) if found else 0


def test_limits_that_are_full_stay_full_until_midnight(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    present = time.time()
    stranger, source = new_address(), new_source()
    for _ in range(OF_BOTH):
        assert ask(door, "signin_code", stranger, source).status == 202
    assert ask(door, "signin_code", stranger, source).status == 429

    monkeypatch.setattr(time, "time", lambda: present + 86400)

    assert ask(door, "signin_code", stranger, source).status == 202
