"""A function that is killed anywhere in MFA leaves nothing that the same request does not mend."""

import pyotp
import pytest

from tests.proofs.test_kills import MOST_WRITES, dies
from tests.support.account import Account, new_phone, next_code
from tests.support.fake_providers import Providers

NEW_PASSWORD = "another long password of mine"


@pytest.fixture
def accounts(account: Account) -> list[Account]:
    """Accounts, one for each place where a function may die."""
    return [account, *(Account(account.handlers.user(), account.providers) for _ in range(MOST_WRITES))]


def count(account: Account) -> int:
    """Second factors, as sign-in sees them."""
    profile = account.handlers.module("signin").SERVICES.directory.profile(account.user.id)
    assert profile is not None
    return int(profile.second_factors)


def test_a_sign_in_with_mfa_uses_nothing_up_before_it_is_done(accounts: list[Account]) -> None:
    deaths = 0
    for writes, account in enumerate(accounts):
        app = account.add_totp()
        body = {"challenge_id": account.challenge(), "factor_id": "totp", "code": next_code(app)}
        died = dies("verify_factor", body, writes)
        deaths += died

        again = account.handlers.call("verify_factor", body)

        assert again.status == (200 if died else 401)
        if not died:
            break
    assert deaths == 4  # before the try, the count of wrong codes, its return, the transaction


def test_a_reset_is_done_or_can_be_repeated(accounts: list[Account]) -> None:
    deaths = 0
    for writes, account in enumerate(accounts):
        account.prove_mailbox()
        challenge_id = account.handlers.call("forgot_password", {"email": account.user.address}).body["challenge_id"]
        body = {"challenge_id": challenge_id, "code": account.mailed_code(), "password": NEW_PASSWORD}
        died = dies("reset_password", body, writes)
        deaths += died

        again = account.handlers.call("reset_password", body)

        is_new = (
            account.handlers.call("signin", {"email": account.user.address, "password": NEW_PASSWORD}).status == 200
        )
        assert is_new
        assert again.status in (204, 401)
        if not died:
            break
    assert deaths == 4  # before the try, the transaction, the mail, the end of the session


def test_a_confirmation_is_done_or_can_be_repeated(accounts: list[Account]) -> None:
    for writes, account in enumerate(accounts):
        account.prove_mailbox()
        app = pyotp.TOTP(account.call("enrol_factor_totp").body["secret"])
        body = {"code": app.now()}
        died = dies("confirm_factor", body, writes, **account.event("totp"))
        was_done = count(account) == 1

        again = account.call("confirm_factor", body, "totp")

        assert again.status == (401 if was_done else 200)
        assert count(account) == 1
        if not died:
            break


def test_an_authy_user_is_made_once_and_bound(accounts: list[Account], providers: Providers) -> None:
    deaths = 0
    for writes, account in enumerate(accounts):
        account.prove_mailbox()
        phone = new_phone()
        body = {"email": account.user.address, "phone": phone[3:], "ccode": "55"}
        died = dies("enrol_factor_authy", body, writes, **account.event())
        deaths += died

        assert account.call("enrol_factor_authy", body).status == 200
        assert account.call("send_factor_code", {"channel": "sms"}, "authy").status == 202
        assert [user["phone"] for user in providers.users()].count(phone) == 1
        if not died:
            break
    assert deaths == 4  # before the count, the factor, the request to Authy, the id


def test_an_authy_user_is_removed_everywhere(accounts: list[Account], providers: Providers) -> None:
    for writes, account in enumerate(accounts):
        phone = new_phone()
        account.add_phone("authy", phone)
        died = dies("remove_factor", {}, writes, **account.event("authy", amr="pwd mfa"))
        was_done = account.factors() == []

        again = account.call("remove_factor", factor_id="authy", amr="pwd mfa")

        assert again.status == (404 if was_done else 204)
        assert phone not in [user["phone"] for user in providers.users()]
        assert (count(account), account.factors()) == (0, [])
        if not died:
            break
