"""Mailed codes: signing in without a password."""

import pytest

from sallyport.client.stack import inbox
from tests.support.account import Account, next_code
from tests.support.handlers import Handlers, new_address


def mailed(account: Account) -> tuple[str, str]:
    """Request a mailed code; return (challenge id, code)."""
    answer = account.handlers.call("signin_code", {"email": account.user.address})
    assert answer.status == 202, answer.text
    code = account.mailed_code()
    assert len(code) == 8  # the guesses of a day are bound by its length
    return answer.body["challenge_id"], code


def test_a_mailed_code_signs_in(account: Account) -> None:
    challenge_id, code = mailed(account)

    answer = account.verify(challenge_id, "email", code)

    assert account.hold(answer)["amr"] == ["otp"]


def test_it_signs_in_once(account: Account) -> None:
    challenge_id, code = mailed(account)

    assert [account.verify(challenge_id, "email", code).status for _ in range(2)] == [200, 401]


def test_whoever_has_a_second_factor_needs_it_all_the_same(account: Account) -> None:
    """All paths are equally strong (OWASP ASVS 5.0 §6.3.4)."""
    app = account.add_totp()
    challenge_id, code = mailed(account)

    first = account.verify(challenge_id, "email", code)
    assert (first.status, [one["id"] for one in first.body["factors"]]) == (202, ["totp"])
    assert account.verify(challenge_id, "email", code).status == 404
    second = account.verify(challenge_id, "totp", next_code(app))

    assert account.hold(second)["amr"] == ["otp", "mfa"]


def test_a_second_factor_alone_is_not_a_first_factor(account: Account) -> None:
    app = account.add_totp()
    challenge_id, _ = mailed(account)

    assert account.verify(challenge_id, "totp", next_code(app)).status == 401


def test_a_mailed_code_is_no_second_factor(account: Account) -> None:
    """A mailbox that resets the password must not be both factors."""
    account.add_totp()
    challenge_id = account.challenge()

    assert account.start(challenge_id, "email").status == 404
    assert account.verify(challenge_id, "email", "123456").status == 404


def test_codes_of_other_challenges_are_refused(account: Account) -> None:
    first, of_first = mailed(account)
    second, of_second = mailed(account)

    assert account.verify(second, "email", of_first).status == 401
    assert account.verify(first, "email", of_first).status == 200
    assert account.verify(second, "email", of_second).status == 200


def test_a_code_for_a_reset_does_not_sign_in_and_one_to_sign_in_does_not_reset(account: Account) -> None:
    reset = account.handlers.call("forgot_password", {"email": account.user.address}).body["challenge_id"]
    of_reset = account.mailed_code()
    signin, of_signin = mailed(account)
    body = {"challenge_id": signin, "code": of_signin, "password": "another long password"}

    assert account.verify(reset, "email", of_reset).status == 401
    assert account.handlers.call("reset_password", body).status == 401


def test_a_code_to_sign_up_does_not_sign_in(account: Account) -> None:
    challenge_id, code = account.handlers.sign_up()

    assert account.verify(challenge_id, "email", code).status == 401


def test_five_wrong_codes_end_the_challenge(account: Account) -> None:
    challenge_id, code = mailed(account)
    wrong = str((int(code) + 1) % 10**6).zfill(6)

    assert [account.verify(challenge_id, "email", wrong).status for _ in range(5)] == [401] * 5
    assert account.verify(challenge_id, "email", code).status == 401


def test_an_unknown_address_is_answered_the_same_and_told_by_mail(handlers: Handlers, account: Account) -> None:
    stranger = new_address()

    answers = [handlers.call("signin_code", {"email": address}) for address in (stranger, account.user.address)]

    assert len({(answer.status, tuple(answer.body), tuple(answer.headers.items())) for answer in answers}) == 1
    mail = [message for message in inbox.messages(handlers.stack.cloud.url) if message.to == stranger]
    assert len(mail) == 1
    assert mail[0].code is None
    wrong = handlers.call(
        "verify_factor", {"challenge_id": answers[0].body["challenge_id"], "factor_id": "email", "code": "123456"}
    )
    assert (wrong.status, wrong.body["code"]) == (401, "invalid_code")


@pytest.mark.parametrize("route", ["signin_code", "forgot_password"])
def test_choosing_a_factor_before_the_first_factor_tells_nobody_who_has_an_account(
    handlers: Handlers, account: Account, route: str
) -> None:
    answers = []
    for address in (new_address(), account.user.address):
        begun = handlers.call(route, {"email": address}).body["challenge_id"]
        for factor_id in ("email", "totp", "recovery"):
            answer = handlers.call("start_factor", {"challenge_id": begun, "factor_id": factor_id})
            answers.append((answer.status, answer.text))

    assert len(set(answers)) == 1


def test_a_disabled_user_is_nobody(account: Account) -> None:
    challenge_id, code = mailed(account)
    account.user.disable()

    assert account.verify(challenge_id, "email", code).status == 401
    account.handlers.call("signin_code", {"email": account.user.address})
    newest = [mail for mail in inbox.messages(account.handlers.stack.cloud.url) if mail.to == account.user.address][-1]
    assert newest.code is None
