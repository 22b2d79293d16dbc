"""Authy, against the fake that speaks its wire format, through the `authy` package."""

import pytest

from handlers.errors import Contended
from tests.support.account import Account, new_phone
from tests.support.authy_links import lose, secret, who_knows
from tests.support.fake_providers import Providers


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
    account.prove_mailbox()
    mine = new_phone()
    account.enrol_phone("authy", mine)
    account.call("send_factor_code", {"channel": "push"}, "authy")
    factors = account.handlers.module("enrol_factor").SERVICES.factors
    (own,) = factors.of(account.user.id)
    account.enrol_phone("authy", phone)
    (others,) = factors.of(account.user.id)
    factors.save_started(others, own.started, is_sent=True)
    account.providers.answer_push(mine, "approved")

    assert account.call("confirm_factor", {}, "authy").status == 401


def test_a_phone_that_is_being_added_is_asked_for_as_such(account: Account, phone: str) -> None:
    account.prove_mailbox()
    account.enrol_phone("authy", phone)
    asked = [account.call("send_factor_code", {"channel": "push"}, "authy").status for _ in range(2)]

    assert account.providers.pushes(phone) == ["Add this phone to an account?"]
    assert asked == [202, 429]


def test_countries_that_are_not_allowed_get_no_messages(account: Account) -> None:
    body = {"email": account.user.address, "phone": "412345678", "ccode": "61"}

    answer = account.call("enrol_factor_authy", body)

    assert (answer.status, answer.body["code"]) == (400, "country_not_allowed")


@pytest.mark.parametrize(("channel", "amr"), [("sms", "sms"), ("call", "tel")])
def test_a_code_that_is_sent_completes_a_sign_in(account: Account, phone: str, channel: str, amr: str) -> None:
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
    factors = account.handlers.module("enrol_factor").SERVICES.factors
    account.prove_mailbox()
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
    factors = account.handlers.module("enrol_factor").SERVICES.factors
    account.prove_mailbox()

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


def test_a_phone_is_judged_when_it_is_new_and_never_again(
    account: Account, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the library thinks of its kind later, its owner gets in, and it can be removed."""
    account.add_phone("authy", phone)
    account.providers.forget_waits(account)
    monkeypatch.setattr(account.handlers.module("factors.phones"), "_ordinary", tuple)
    lose(account, phone)

    assert account.start(account.challenge(), "authy", "sms").status == 202
    assert account.call("remove_factor", factor_id="authy", amr="pwd mfa").status == 204


def test_the_app_gives_no_new_tries(account: Account, phone: str) -> None:
    """Nothing is sent for it, so there is nothing to try anew."""
    account.prove_mailbox()
    account.enrol_phone("authy", phone)
    for _ in range(5):
        account.call("send_factor_code", {"channel": "app"}, "authy")
        assert account.call("confirm_factor", {"code": "0000000"}, "authy").status == 401

    right = account.call("confirm_factor", {"code": account.providers.user(phone)["app_code"]}, "authy")

    assert (right.status, right.body["code"]) == (401, "invalid_code")
