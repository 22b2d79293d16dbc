"""One phone and several accounts: Authy identifies a user by the phone for all accounts."""

from tests.support.account import Account, new_phone
from tests.support.authy_links import lose, told


def test_a_stranger_who_claims_the_phone_sees_and_deletes_nothing(account: Account, phone: str) -> None:
    """Authy knows a user by the phone, and gives the stranger the same id."""
    account.add_phone("authy", phone)
    id_ = account.providers.user(phone)["id"]
    mallory = Account(account.handlers.user(), account.providers)
    mallory.prove_mailbox()

    assert mallory.enrol_phone("authy", phone).body["user"] == {"id": int(id_)}
    for name in ("show_factor", "factor_qr"):
        assert mallory.call(name, factor_id="authy").body["code"] == "no_such_factor"
    assert mallory.enrol_phone("authy", new_phone()).status == 200
    assert mallory.call("remove_factor", factor_id="authy").status == 204

    assert account.providers.user(phone)["id"] == id_


def test_of_two_accounts_with_one_phone_the_last_has_authy_forget_it(account: Account, phone: str) -> None:
    other = Account(account.handlers.user(), account.providers)
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
    other = Account(account.handlers.user(), account.providers)
    for one in (account, other):
        one.add_phone("authy", phone)

    refused = other.call("factor_qr", factor_id="authy", amr="pwd mfa")

    assert (refused.status, refused.body["code"]) == (409, "factor_shared")
    assert not told(other, "brought into another app")
    assert account.call("remove_factor", factor_id="authy", amr="pwd mfa").status == 204
    assert other.call("factor_qr", factor_id="authy", amr="pwd mfa").status == 200


def test_a_phone_whose_codes_another_accounts_app_shows_is_not_confirmed(account: Account, phone: str) -> None:
    """Not even after that account has left it; the Authy user has to be a new one."""
    mallory = Account(account.handlers.user(), account.providers)
    mallory.add_phone("authy", phone)
    assert mallory.call("factor_qr", factor_id="authy", amr="pwd mfa").status == 200
    account.prove_mailbox()

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
    mallory = Account(account.handlers.user(), account.providers)
    mallory.add_phone("authy", phone)
    lose(account, phone)
    account.add_phone("authy", phone)

    refused = mallory.call("factor_qr", factor_id="authy", amr="pwd mfa")

    assert (refused.status, refused.body["code"]) == (409, "factor_shared")
    assert account.verify(account.challenge(), "authy", account.providers.user(phone)["app_code"]).status == 200


def test_a_factor_that_is_bound_anew_does_not_take_codes_of_another_accounts_app(account: Account, phone: str) -> None:
    account.add_phone("authy", phone)
    lose(account, phone)
    mallory = Account(account.handlers.user(), account.providers)
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
    mallory = Account(account.handlers.user(), account.providers)
    mallory.prove_mailbox()
    assert mallory.enrol_phone("authy", phone).status == 200

    assert account.call("factor_qr", factor_id="authy", amr="pwd mfa").status == 200
    assert account.verify(account.challenge(), "authy", account.providers.user(phone)["app_code"]).status == 200


def test_a_removal_that_failed_half_way_leaves_the_account_among_those_who_know(account: Account, phone: str) -> None:
    """Else a stranger who comes and goes would be the last, and have Authy forget the user."""
    account.add_phone("authy", phone)
    known = account.providers.user(phone)["id"]
    with account.providers.fault("500", "authy"):
        assert account.call("remove_factor", factor_id="authy", amr="pwd mfa").status == 502
    assert not told(account, "was removed")
    mallory = Account(account.handlers.user(), account.providers)
    mallory.prove_mailbox()

    assert mallory.enrol_phone("authy", phone).status == 200
    assert mallory.call("remove_factor", factor_id="authy").status == 204

    assert account.providers.user(phone)["id"] == known
    assert account.verify(account.challenge(), "authy", account.providers.user(phone)["app_code"]).status == 200
