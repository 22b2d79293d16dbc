"""Recovery codes."""

import re

from tests.support.account import Account, next_code


def with_codes(account: Account) -> list[str]:
    account.add_totp()
    answer = account.call("make_recovery_codes", amr="pwd otp mfa")
    assert answer.status == 200, answer.text
    codes: list[str] = answer.body["codes"]
    return codes


def test_ten_codes_of_120_bits_are_shown_once(account: Account) -> None:
    codes = with_codes(account)

    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)
    kept = str(account.handlers.items())
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]


def test_each_completes_a_sign_in_once(account: Account) -> None:
    codes = with_codes(account)

    first = account.verify(account.challenge(), "recovery", codes[0])
    again = account.verify(account.challenge(), "recovery", codes[0])
    typed = account.verify(account.challenge(), "recovery", codes[1].lower().replace("-", ""))

    assert [first.status, again.status, typed.status] == [200, 401, 200]
    assert account.hold(first)["amr"] == ["pwd", "otp", "mfa"]
    assert account.call("list_factors").body["recovery_codes_left"] == 8


def test_new_codes_void_those_of_before(account: Account) -> None:
    before = with_codes(account)
    after = account.call("make_recovery_codes", amr="pwd otp mfa").body["codes"]

    assert account.verify(account.challenge(), "recovery", before[0]).status == 401
    assert account.verify(account.challenge(), "recovery", after[0]).status == 200


def test_all_ten_can_be_used_up(account: Account) -> None:
    codes = with_codes(account)

    assert [account.verify(account.challenge(), "recovery", code).status for code in codes] == [200] * 10
    assert account.verify(account.challenge(), "recovery", codes[0]).status == 401


def test_codes_of_another_account_are_refused(account: Account) -> None:
    other = Account(account.handlers.user(), account.providers)
    codes = with_codes(account)
    with_codes(other)

    assert other.verify(other.challenge(), "recovery", codes[0]).status == 401


def test_without_a_second_factor_there_are_none(account: Account) -> None:
    account.sign_in()

    answer = account.call("make_recovery_codes")

    assert (answer.status, answer.body["code"]) == (404, "no_such_factor")


def test_they_go_with_the_last_factor(account: Account) -> None:
    with_codes(account)
    account.call("remove_factor", factor_id="totp", amr="pwd otp mfa")

    assert account.call("list_factors").body == {"factors": [], "recovery_codes_left": 0}
    assert account.password().status == 200
    assert f"factors#{account.user.id}" not in {item["pk"]["S"] for item in account.handlers.items()}


def test_one_opens_the_way_to_another_app(account: Account) -> None:
    """The phone is lost: sign in with a code, remove the app, add a new one."""
    codes = with_codes(account)
    account.hold(account.verify(account.challenge(), "recovery", codes[0]))

    assert account.call("remove_factor", factor_id="totp").status == 204
    account.sign_in()
    app = account.add_totp()

    assert account.verify(account.challenge(), "totp", next_code(app)).status == 200
