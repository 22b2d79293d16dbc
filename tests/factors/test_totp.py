"""Time-based one-time passwords."""

import time

import pyotp
import pytest

from tests.support.account import Account, next_code

RFC_6238 = {59: "94287082", 1111111109: "07081804", 1234567890: "89005924", 20000000000: "65353130"}
RFC_4226 = ("755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489")
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_the_library_knows_the_vectors_of_the_rfcs() -> None:
    """RFC 6238 appendix B (SHA-1, 8 digits) and RFC 4226 appendix D."""
    assert {at: pyotp.TOTP(RFC_SECRET, digits=8).at(at) for at in RFC_6238} == RFC_6238
    assert tuple(pyotp.HOTP(RFC_SECRET).at(count) for count in range(10)) == RFC_4226


def test_the_handler_takes_the_codes_of_the_rfc(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 6238's secret and times, six digits of its eight: through enrolment and sign-in."""
    factor = account.handlers.module("factors.totp")
    monkeypatch.setattr(factor.base64, "b32encode", lambda _: RFC_SECRET.encode())
    account.prove_mailbox()
    account.call("enrol_factor_totp")
    with monkeypatch.context() as then:
        then.setattr(time, "time", lambda: 1111111109.0)
        confirmed = account.call("confirm_factor", {"code": "081804"}, "totp", auth_time="1111111109")
        assert confirmed.status == 200
    challenge_id = account.challenge()  # now: one of 2009 would be cleared away at any time
    with monkeypatch.context() as then:
        then.setattr(time, "time", lambda: 1234567890.0)
        assert account.verify(challenge_id, "totp", "005924").status == 200


def test_password_and_code_complete_a_sign_in(account: Account) -> None:
    app = account.add_totp()

    first = account.password()
    answer = account.verify(first.body["challenge_id"], "totp", next_code(app))

    assert first.status == 202
    assert [(one["id"], one["kind"]) for one in first.body["factors"]] == [("totp", "totp")]
    assert "access_token" not in first.body
    claims = account.hold(answer)
    assert claims["amr"] == ["pwd", "otp", "mfa"]
    assert abs(claims["auth_time"] - time.time()) < 5


def test_a_code_is_not_taken_twice_within_its_window(account: Account) -> None:
    app = account.add_totp()
    code = next_code(app)

    assert account.verify(account.challenge(), "totp", code).status == 200
    again = account.verify(account.challenge(), "totp", code)

    assert (again.status, again.body["code"]) == (401, "invalid_code")


def test_the_code_that_confirmed_the_app_does_not_sign_in(account: Account) -> None:
    code = ""

    def remembered(app: pyotp.TOTP) -> str:
        nonlocal code
        code = app.now()
        return code

    account.add_totp(remembered)

    assert account.verify(account.challenge(), "totp", code).status == 401


def test_an_older_code_is_not_taken_after_a_newer_one(account: Account) -> None:
    """A code of the last half minute, seen over a shoulder, while the user is faster with the next one."""
    app = account.add_totp()
    now = int(time.time())
    assert account.verify(account.challenge(), "totp", app.at(now + 30)).status == 200

    assert account.verify(account.challenge(), "totp", app.at(now - 30)).status == 401


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_codes_of_another_time_are_refused(account: Account, steps: int) -> None:
    app = account.add_totp()

    assert account.verify(account.challenge(), "totp", app.at(int(time.time()) + 30 * steps)).status == 401


def test_a_code_of_another_account_is_refused(account: Account) -> None:
    other = Account(account.handlers.user(), account.providers)
    app = account.add_totp()
    other.add_totp()

    assert other.verify(other.challenge(), "totp", next_code(app)).status == 401


def test_a_second_app_needs_the_first_to_be_removed(account: Account) -> None:
    app = account.add_totp()
    account.hold(account.verify(account.challenge(), "totp", next_code(app)))

    answer = account.call("enrol_factor_totp")

    assert (answer.status, answer.body["code"]) == (409, "factor_exists")


def test_a_new_secret_takes_the_place_of_one_that_was_not_confirmed(account: Account) -> None:
    first = account.call("enrol_factor_totp").body["secret"]
    second = account.call("enrol_factor_totp").body

    assert account.call("confirm_factor", {"code": pyotp.TOTP(first).now()}, "totp").status == 401
    assert account.call("confirm_factor", {"code": pyotp.TOTP(second["secret"]).now()}, "totp").status == 200
    assert second["uri"].startswith("otpauth://totp/Sallyport:")
    assert second["qr_svg"].startswith("<svg")


def test_before_it_is_confirmed_it_is_not_asked_for(account: Account) -> None:
    account.call("enrol_factor_totp")

    assert account.password().status == 200


def test_confirming_ends_after_five_tries(account: Account) -> None:
    secret = account.call("enrol_factor_totp").body["secret"]
    right = pyotp.TOTP(secret).now()
    wrong = str((int(right) + 1) % 10**6).zfill(6)

    tried = [account.call("confirm_factor", {"code": wrong}, "totp").status for _ in range(5)]

    assert tried == [401] * 5
    assert account.call("confirm_factor", {"code": pyotp.TOTP(secret).now()}, "totp").status == 401


def test_an_enrolment_ends_after_ten_minutes(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    app, later = pyotp.TOTP(account.call("enrol_factor_totp").body["secret"]), int(time.time()) + 601
    monkeypatch.setattr(time, "time", lambda: float(later))

    answer = account.call("confirm_factor", {"code": app.at(later)}, "totp", auth_time=str(later))

    assert (answer.status, answer.body["code"]) == (401, "invalid_code")


def test_the_secret_lies_sealed(account: Account) -> None:
    secret = account.call("enrol_factor_totp").body["secret"]

    assert secret not in str(account.handlers.items())
