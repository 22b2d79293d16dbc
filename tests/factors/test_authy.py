"""Authy, against the fake that speaks its wire format, through the `authy` package."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import requests

from client import inbox
from handlers.errors import Contended
from tests.account import Account, new_phone
from tests.factors.conftest import FAULTS
from tests.providers import Providers


def secret(account: Account) -> dict[str, str]:
    """What the directory keeps of the Authy user."""
    kind = account.door.module("enrol_factor").GATES.kinds["authy"]
    found = next(one for one in kind._tools.factors.of(account.user.id) if one.id == "authy")
    opened: dict[str, str] = kind._secret(found)
    return opened


def who_knows(account: Account, authy_id: str) -> list[str]:
    """The accounts that the directory has for the Authy user."""
    found = [item for item in account.door.items() if item["pk"]["S"] == f"authy#{authy_id}"]
    return sorted(user for item in found for user in item.get("accounts", {}).get("SS", []))


def lose(account: Account, phone: str) -> str:
    """Authy forgets the user by itself; answers the id."""
    lost: str = account.providers.user(phone)["id"]
    account.door.module("enrol_factor").GATES.kinds["authy"]._authy.delete(lost)
    return lost


def told(account: Account, what: str) -> bool:
    """Whether a mail to the account says so."""
    mails = inbox.messages(account.door.stack.cloud.url)
    return any(mail.to == account.user.address and what in mail.text for mail in mails)


def answered(status: int, body: object, headers: dict[str, str] | None = None) -> requests.Response:
    """As it comes from the net."""
    answer = requests.Response()
    answer.status_code, answer._content = status, json.dumps(body).encode()
    answer.headers.update(headers or {})
    return answer


@contextmanager
def broken_provider() -> Iterator[str]:
    """Says yes to one request, with a header that is none; answers its address."""
    body = b'{"message":"Token is valid.","token":"is valid","success":"true"}'
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\nnone\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with server.accept()[0] as connection:
                connection.recv(4096)
                connection.sendall(head.encode() + body)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_creating_a_user_is_answered_as_authy_answers(account: Account, phone: str) -> None:
    answer = account.enrol_phone("authy", phone)

    id_ = int(account.providers.user(phone)["id"])
    assert (answer.status, answer.body) == (
        200,
        {"message": "User created successfully.", "user": {"id": id_}, "success": "true"},
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "somebody@example.com"}, "email"),
        ({"email": "not an address"}, "email"),
        ({"phone": "123"}, "cellphone"),
        ({"phone": "11 0000-0000"}, "cellphone"),
        ({"ccode": "999"}, "cellphone"),
    ],
)
def test_bad_data_is_answered_as_authy_answers(account: Account, changes: dict[str, str], field: str) -> None:
    body = {"email": account.user.address, "phone": new_phone()[3:], "ccode": "55", **changes}

    answer = account.call("enrol_factor_authy", body)

    assert (answer.status, answer.body) == (400, {field: "is invalid", "message": "User was not valid"})
    assert account.factors() == []


def test_what_authy_itself_refuses_leaves_nothing_behind(account: Account) -> None:
    answer = account.enrol_phone("authy", "+5511980000000")

    assert (answer.status, answer.body) == (400, {"cellphone": "is invalid", "message": "User was not valid"})
    assert account.factors() == []


def test_a_phone_is_not_confirmed_by_another_ones_push(account: Account, phone: str) -> None:
    """The push went to one's own phone; meanwhile somebody else's was enrolled in its place."""
    account.sign_in()
    mine = new_phone()
    account.enrol_phone("authy", mine)
    account.call("send_factor_code", {"channel": "push"}, "authy")
    factors = account.door.module("enrol_factor").GATES.factors
    (own,) = factors.of(account.user.id)
    account.enrol_phone("authy", phone)
    (others,) = factors.of(account.user.id)
    factors.note(others, own.started, is_sent=True)
    account.providers.answer_push(mine, "approved")

    assert account.call("confirm_factor", {}, "authy").status == 401


def test_a_phone_that_is_being_added_is_asked_for_as_such(account: Account, phone: str) -> None:
    account.sign_in()
    account.enrol_phone("authy", phone)
    asked = [account.call("send_factor_code", {"channel": "push"}, "authy").status for _ in range(2)]

    assert account.providers.pushes(phone) == ["Add this phone to an account?"]
    assert asked == [202, 429]


def test_countries_that_are_not_allowed_get_no_messages(account: Account) -> None:
    body = {"email": account.user.address, "phone": "412345678", "ccode": "61"}

    answer = account.call("enrol_factor_authy", body)

    assert (answer.status, answer.body["code"]) == (400, "country_not_allowed")


@pytest.mark.parametrize(("channel", "amr"), [("sms", "sms"), ("call", "tel")])
def test_a_code_that_is_sent_opens_the_second_gate(account: Account, phone: str, channel: str, amr: str) -> None:
    account.add_phone("authy", phone)
    challenge_id = account.challenge()
    account.providers.forget_waits(account)

    started = account.start(challenge_id, "authy", channel)
    answer = account.verify(challenge_id, "authy", account.providers.code(phone))

    assert (started.status, started.body["hint"]) == (202, f"+55 •••• {phone[-4:]}")
    assert account.hold(answer)["amr"] == ["pwd", amr, "mfa"]


def test_the_apps_own_code_needs_no_message(account: Account, phone: str) -> None:
    account.add_phone("authy", phone)
    sent = len(account.providers.messages(phone))

    answer = account.verify(account.challenge(), "authy", account.providers.user(phone)["app_code"])

    assert account.hold(answer)["amr"] == ["pwd", "otp", "mfa"]
    assert len(account.providers.messages(phone)) == sent


def test_a_push_is_waited_for_and_approved(account: Account, phone: str) -> None:
    account.add_phone("authy", phone)
    challenge_id = account.challenge()

    assert account.start(challenge_id, "authy", "push").status == 202
    waiting = account.verify(challenge_id, "authy")
    account.providers.answer_push(phone, "approved")
    answer = account.verify(challenge_id, "authy")

    assert (waiting.status, waiting.body) == (202, {"pending": True})
    assert account.hold(answer)["amr"] == ["pwd", "swk", "mfa"]
    assert account.verify(challenge_id, "authy").status == 401


def test_a_push_that_is_denied_signs_nobody_in(account: Account, phone: str) -> None:
    account.add_phone("authy", phone)
    challenge_id = account.challenge()
    account.start(challenge_id, "authy", "push")

    account.providers.answer_push(phone, "denied")

    assert account.verify(challenge_id, "authy").status == 401


def test_one_approval_signs_in_once(account: Account, phone: str) -> None:
    """The approval belongs to the challenge that asked for it."""
    account.add_phone("authy", phone)
    first, second = account.challenge(), account.challenge()
    account.start(first, "authy", "push")
    account.providers.answer_push(phone, "approved")

    assert account.verify(second, "authy").status == 401
    assert account.verify(first, "authy").status == 200


def test_three_pushes_may_wait_in_an_hour_and_answered_ones_do_not_count(account: Account, phone: str) -> None:
    account.add_phone("authy", phone)
    challenge_id = account.challenge()
    account.start(challenge_id, "authy", "push")
    account.providers.answer_push(phone, "approved")
    account.verify(challenge_id, "authy")

    asked = [account.start(account.challenge(), "authy", "push") for _ in range(4)]

    assert [answer.status for answer in asked] == [202, 202, 202, 429]
    assert 0 < int(asked[-1].headers["retry-after"]) <= 3600


def test_a_code_of_one_challenge_does_not_pass_for_another(account: Account, phone: str) -> None:
    account.add_phone("authy", phone)
    first, second = account.challenge(), account.challenge()
    account.providers.forget_waits(account)
    account.start(first, "authy", "sms")
    code = account.providers.code(phone)

    assert account.verify(second, "authy", code).status == 401
    assert account.verify(first, "authy", code).status == 200


def test_an_app_code_signs_in_once(account: Account, phone: str) -> None:
    account.add_phone("authy", phone)
    code = account.providers.user(phone)["app_code"]

    answers = [account.verify(account.challenge(), "authy", code).status for _ in range(2)]

    assert answers == [200, 401]


def test_codes_that_are_no_digits_never_reach_the_path(account: Account, phone: str) -> None:
    account.add_phone("authy", phone)

    for code in ("12345a7", "0000-000", "123", "1" * 40):
        assert account.verify(account.challenge(), "authy", code).status in (400, 401)


def test_its_status_and_its_qr_code_are_shown(account: Account, phone: str) -> None:
    account.add_phone("authy", phone)

    shown = account.call("show_factor", factor_id="authy", amr="pwd mfa")
    qr = account.call("factor_qr", factor_id="authy", amr="pwd mfa")

    assert shown.body["provider"] == {
        "registered": True, "confirmed": True, "devices": ["android"], "has_hard_token": False,
    }  # fmt: skip
    assert (qr.status, qr.body["label"]) == (200, account.user.address)
    assert phone[3:] not in shown.text


def test_removing_it_removes_the_authy_user(account: Account, phone: str) -> None:
    account.add_phone("authy", phone)

    answer = account.call("remove_factor", factor_id="authy", amr="pwd mfa")

    assert answer.status == 204
    assert not [user for user in account.providers.users() if user["phone"] == phone]
    assert account.factors() == []
    assert account.password().status == 200


def test_another_phone_takes_the_place_of_one_that_was_not_confirmed(account: Account) -> None:
    """And Authy forgets the first."""
    first, second = new_phone(), new_phone()

    assert [account.enrol_phone("authy", one).status for one in (first, second)] == [200, 200]

    assert [user["phone"] for user in account.providers.users() if user["phone"] in (first, second)] == [second]
    assert [one["hint"][-4:] for one in account.factors()] == [second[-4:]]


@pytest.fixture
def unbound(account: Account, phone: str, monkeypatch: pytest.MonkeyPatch) -> Account:
    """The Authy user is made, and the directory is out of reach when it is to be bound."""
    factors = account.door.module("enrol_factor").GATES.factors
    account.sign_in()
    with monkeypatch.context() as then:
        then.setattr(factors, "bind", lambda *_: (_ for _ in ()).throw(ConnectionError()))
        assert account.enrol_phone("authy", phone).status == 500
    return account


def test_a_binding_that_failed_is_mended_by_the_next_call(unbound: Account, phone: str, providers: Providers) -> None:
    """No Authy user without an account that knows it: the account knows of it, and takes it at the next try."""
    assert providers.user(phone)
    assert [one["confirmed"] for one in unbound.factors()] == [False]

    answer = unbound.enrol_phone("authy", phone)

    assert answer.status == 200
    assert secret(unbound)["authy_id"] == providers.user(phone)["id"] == str(answer.body["user"]["id"])


def test_a_binding_that_failed_can_be_removed_everywhere(unbound: Account, phone: str, providers: Providers) -> None:
    answer = unbound.call("remove_factor", factor_id="authy", amr="pwd mfa")

    assert answer.status == 204
    assert not [user for user in providers.users() if user["phone"] == phone]


def test_a_removal_meanwhile_takes_the_authy_user_along(
    account: Account, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    factors = account.door.module("enrol_factor").GATES.factors
    account.sign_in()

    def removed_meanwhile(factor: object, *_: object) -> None:
        factors.remove(factor)
        raise Contended

    monkeypatch.setattr(factors, "bind", removed_meanwhile)

    assert account.enrol_phone("authy", phone).status == 503
    assert not [user for user in account.providers.users() if user["phone"] == phone]


def test_a_user_that_authy_has_lost_is_made_again(account: Account, phone: str) -> None:
    """No account that names an Authy user that is gone: the next call repairs it."""
    account.add_phone("authy", phone)
    lost = lose(account, phone)
    account.providers.forget_waits(account)
    challenge_id = account.challenge()

    assert account.start(challenge_id, "authy", "sms").status == 202
    assert account.verify(challenge_id, "authy", account.providers.code(phone)).status == 200
    assert lost != secret(account)["authy_id"] == account.providers.user(phone)["id"]
    assert [who_knows(account, id_) for id_ in (lost, secret(account)["authy_id"])] == [[], [account.user.id]]


def test_a_stranger_who_claims_the_phone_sees_and_deletes_nothing(account: Account, phone: str) -> None:
    """Authy knows a user by the phone, and gives the stranger the same id."""
    account.add_phone("authy", phone)
    id_ = account.providers.user(phone)["id"]
    mallory = Account(account.door.user(), account.providers)
    mallory.sign_in()

    assert mallory.enrol_phone("authy", phone).body["user"] == {"id": int(id_)}
    for name in ("show_factor", "factor_qr"):
        assert mallory.call(name, factor_id="authy").body["code"] == "no_such_factor"
    assert mallory.enrol_phone("authy", new_phone()).status == 200
    assert mallory.call("remove_factor", factor_id="authy").status == 204

    assert account.providers.user(phone)["id"] == id_


def test_of_two_accounts_with_one_phone_the_last_has_authy_forget_it(account: Account, phone: str) -> None:
    other = Account(account.door.user(), account.providers)
    for one in (account, other):
        one.add_phone("authy", phone)

    assert account.call("remove_factor", factor_id="authy", amr="pwd mfa").status == 204
    assert account.providers.user(phone)
    assert other.call("remove_factor", factor_id="authy", amr="pwd mfa").status == 204
    assert phone not in [user["phone"] for user in account.providers.users()]


def test_the_qr_code_asks_for_the_second_factor_and_is_told_by_mail(account: Account, phone: str) -> None:
    """A session from before the factor must not carry its secret away."""
    account.add_phone("authy", phone)

    refused = account.call("factor_qr", factor_id="authy")
    assert (refused.status, refused.body["code"]) == (401, "step_up_required")
    assert not told(account, "brought into another app")

    assert account.call("factor_qr", factor_id="authy", amr="pwd mfa").status == 200
    assert told(account, "brought into another app")


def test_a_phone_of_two_accounts_is_brought_into_no_app_of_one(account: Account, phone: str) -> None:
    """It would show the codes of the other, for as long as Authy knows the user."""
    other = Account(account.door.user(), account.providers)
    for one in (account, other):
        one.add_phone("authy", phone)

    refused = other.call("factor_qr", factor_id="authy", amr="pwd mfa")

    assert (refused.status, refused.body["code"]) == (409, "factor_shared")
    assert not told(other, "brought into another app")
    assert account.call("remove_factor", factor_id="authy", amr="pwd mfa").status == 204
    assert other.call("factor_qr", factor_id="authy", amr="pwd mfa").status == 200


def test_a_phone_whose_codes_another_accounts_app_shows_is_not_confirmed(account: Account, phone: str) -> None:
    """Not even after that account has left it; the Authy user has to be a new one."""
    mallory = Account(account.door.user(), account.providers)
    mallory.add_phone("authy", phone)
    assert mallory.call("factor_qr", factor_id="authy", amr="pwd mfa").status == 200
    account.sign_in()

    statuses = []
    for leave in (lambda: None, lambda: mallory.call("remove_factor", factor_id="authy", amr="pwd mfa")):
        account.enrol_phone("authy", phone)
        leave()
        account.providers.forget_waits(account)
        account.call("send_factor_code", {"channel": "sms"}, "authy")
        confirmed = account.call("confirm_factor", {"code": account.providers.code(phone)}, "authy")
        statuses.append((confirmed.status, confirmed.body["code"]))
    assert statuses == [(409, "factor_shared")] * 2

    assert account.call("remove_factor", factor_id="authy").status == 204
    account.providers.forget_waits(account)
    account.add_phone("authy", phone)


def test_who_names_a_user_that_is_gone_gets_no_code_of_the_next_one(account: Account, phone: str) -> None:
    """The phone's new owner has another Authy user, and shares it with nobody's app."""
    mallory = Account(account.door.user(), account.providers)
    mallory.add_phone("authy", phone)
    lose(account, phone)
    account.add_phone("authy", phone)

    refused = mallory.call("factor_qr", factor_id="authy", amr="pwd mfa")

    assert (refused.status, refused.body["code"]) == (409, "factor_shared")
    assert account.verify(account.challenge(), "authy", account.providers.user(phone)["app_code"]).status == 200


def test_a_factor_that_is_bound_anew_does_not_take_codes_of_another_accounts_app(account: Account, phone: str) -> None:
    account.add_phone("authy", phone)
    lose(account, phone)
    mallory = Account(account.door.user(), account.providers)
    mallory.add_phone("authy", phone)
    assert mallory.call("factor_qr", factor_id="authy", amr="pwd mfa").status == 200

    by_code = account.verify(account.challenge(), "authy", account.providers.user(phone)["app_code"])
    challenge_id = account.challenge()
    account.start(challenge_id, "authy", "push")
    account.providers.answer_push(phone, "approved")
    by_push = account.verify(challenge_id, "authy")

    assert [(answer.status, answer.body["code"]) for answer in (by_code, by_push)] == [(409, "factor_shared")] * 2


def test_a_claim_that_nobody_confirmed_keeps_nobody_from_their_codes(account: Account, phone: str) -> None:
    account.add_phone("authy", phone)
    mallory = Account(account.door.user(), account.providers)
    mallory.sign_in()
    assert mallory.enrol_phone("authy", phone).status == 200

    assert account.call("factor_qr", factor_id="authy", amr="pwd mfa").status == 200
    assert account.verify(account.challenge(), "authy", account.providers.user(phone)["app_code"]).status == 200


def test_a_phone_is_judged_when_it_is_new_and_never_again(
    account: Account, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the library thinks of its kind later, its owner gets in, and it can be removed."""
    account.add_phone("authy", phone)
    account.providers.forget_waits(account)
    monkeypatch.setattr(account.door.module("factors.phones"), "_ordinary", tuple)
    lose(account, phone)

    assert account.start(account.challenge(), "authy", "sms").status == 202
    assert account.call("remove_factor", factor_id="authy", amr="pwd mfa").status == 204


def test_a_removal_that_failed_half_way_leaves_the_account_among_those_who_know(account: Account, phone: str) -> None:
    """Else a stranger who comes and goes would be the last, and have Authy forget the user."""
    account.add_phone("authy", phone)
    known = account.providers.user(phone)["id"]
    with account.providers.fault("500", "authy"):
        assert account.call("remove_factor", factor_id="authy", amr="pwd mfa").status == 502
    assert not told(account, "was removed")
    mallory = Account(account.door.user(), account.providers)
    mallory.sign_in()

    assert mallory.enrol_phone("authy", phone).status == 200
    assert mallory.call("remove_factor", factor_id="authy").status == 204

    assert account.providers.user(phone)["id"] == known
    assert account.verify(account.challenge(), "authy", account.providers.user(phone)["app_code"]).status == 200


def test_the_app_gives_no_new_tries(account: Account, phone: str) -> None:
    """Nothing is sent for it, so there is nothing to try anew."""
    account.sign_in()
    account.enrol_phone("authy", phone)
    for _ in range(5):
        account.call("send_factor_code", {"channel": "app"}, "authy")
        assert account.call("confirm_factor", {"code": "0000000"}, "authy").status == 401

    right = account.call("confirm_factor", {"code": account.providers.user(phone)["app_code"]}, "authy")

    assert (right.status, right.body["code"]) == (401, "invalid_code")


@pytest.mark.parametrize(
    "body",
    [
        {"user": None, "success": True},
        {"user": [], "success": True},
        {"user": {"id": None}, "success": True},
        {"user": {"id": "../1"}, "success": True},
        [],
        "text",
    ],
)
def test_an_answer_that_is_none_is_a_fault(account: Account, body: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though it is good JSON."""
    account.sign_in()
    monkeypatch.setattr("requests.request", lambda *_, **__: answered(200, body))

    answer = account.enrol_phone("authy", new_phone())

    assert (answer.status, answer.body["code"]) == (502, "provider_failed")


@pytest.mark.parametrize("seconds", ["soon", "²", "-1", ""])
def test_a_wait_that_is_no_number_is_a_minute(account: Account, seconds: str, monkeypatch: pytest.MonkeyPatch) -> None:
    account.sign_in()
    monkeypatch.setattr("requests.request", lambda *_, **__: answered(429, {}, {"retry-after": seconds}))

    answer = account.enrol_phone("authy", new_phone())

    assert (answer.status, answer.headers["retry-after"]) == (429, "60")


def test_a_code_is_in_no_log_though_the_provider_answers_with_a_broken_header(
    account: Account, phone: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """urllib3 warns of it, with the address that was asked: the code is in its path."""
    account.add_phone("authy", phone)
    challenge_id = account.challenge()
    authy = account.door.module("verify_factor").GATES.kinds["authy"]._authy
    with broken_provider() as url:
        monkeypatch.setattr(authy.client.tokens, "api_uri", url)
        answer = account.verify(challenge_id, "authy", "7654321")

    assert answer.status == 200
    assert "7654321" not in caplog.text


def test_a_code_that_authy_takes_twice_we_take_once(
    account: Account, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.add_phone("authy", phone)
    authy = account.door.module("verify_factor").GATES.kinds["authy"]._authy
    monkeypatch.setattr(authy, "is_valid", lambda *_: True)

    answers = [account.verify(account.challenge(), "authy", "7654321").status for _ in range(2)]

    assert answers == [200, 401]


@pytest.mark.parametrize("content", [{"success": "true"}, {"success": "true", "token": "is invalid"}, {"token": True}])
def test_only_the_exact_answer_is_a_yes(
    account: Account, phone: str, content: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A status of 200 alone says nothing."""
    account.add_phone("authy", phone)
    authy = account.door.module("verify_factor").GATES.kinds["authy"]._authy
    said = SimpleNamespace(content=content, response=SimpleNamespace(status_code=200, headers={}))
    monkeypatch.setattr(authy.client.tokens, "verify", lambda *_: said)

    assert account.verify(account.challenge(), "authy", "7654321").status == 401


def test_a_new_key_is_taken(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """As soon as the credentials hold it, which are read again when they are an hour old."""
    authy = account.door.module("enrol_factor").GATES.kinds["authy"]._authy
    before = authy.client
    monkeypatch.setattr(authy, "_credentials", {"api_key": "another"})

    assert authy.client is not before
    assert authy.client.api_key == "another"


@pytest.mark.parametrize(("fault", "status", "code"), FAULTS)
def test_every_fault_at_every_step_changes_nothing(
    account: Account, phone: str, fault: str, status: int, code: str
) -> None:
    """A clear answer at each step; then everything works as if nothing had been, and recovery codes did all along."""
    app = account.add_totp()
    account.claims["amr"] = ["pwd", "otp", "mfa"]
    codes = account.call("make_recovery_codes").body["codes"]
    providers = account.providers
    with providers.fault(fault, "authy"):
        answer = account.enrol_phone("authy", phone)
        assert (answer.status, answer.body["code"]) == (status, code)
    account.add_phone("authy", phone)

    providers.forget_waits(account)
    challenge_id = account.challenge()
    account.start(challenge_id, "authy", "push")
    with providers.fault(fault, "authy"):
        steps = [
            account.start(challenge_id, "authy", "sms"),
            account.verify(challenge_id, "authy", "1234567"),
            account.verify(challenge_id, "authy"),
            account.call("show_factor", factor_id="authy"),
            account.call("factor_qr", factor_id="authy"),
            account.call("remove_factor", factor_id="authy"),
        ]
        assert {(step.status, step.body["code"]) for step in steps} == {(status, code)}
        assert account.verify(account.challenge(), "recovery", codes[0]).status == 200
    assert app
    providers.forget_waits(account)
    challenge_id = account.challenge()
    assert account.start(challenge_id, "authy", "sms").status == 202
    assert account.verify(challenge_id, "authy", providers.code(phone)).status == 200
    assert account.call("remove_factor", factor_id="authy").status == 204
    assert not [user for user in providers.users() if user["phone"] == phone]


def test_a_provider_that_nobody_reaches_is_out_of_reach(
    account: Account, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    authy = account.door.module("enrol_factor").GATES.kinds["authy"]._authy
    monkeypatch.setattr(authy.client.users, "api_uri", "http://127.0.0.1:9")

    answer = account.enrol_phone("authy", phone)

    assert (answer.status, answer.body["code"]) == (503, "provider_unavailable")
    assert answer.headers["retry-after"] == "30"
