"""Fifty requests at the same moment: a proof opens one session, for every factor type."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from tests.support.account import Account, next_code
from tests.support.handlers import Answer

CROWD = 50

T = TypeVar("T")


def at_once(act: Callable[[int], T]) -> list[T]:
    with ThreadPoolExecutor(CROWD) as crowd:
        return list(crowd.map(act, range(CROWD)))


def sessions(account: Account) -> int:
    return sum(item["pk"]["S"] == f"sessions#{account.user.id}" for item in account.handlers.items())


def only_one(account: Account, before: int, answers: list[Answer]) -> None:
    """Check that one request succeeds, and that no other one gets a session."""
    statuses = Counter(answer.status for answer in answers)
    assert statuses[200] == 1
    assert set(statuses) <= {200, 401, 429, 503}
    assert sessions(account) - before == 1


def test_one_totp_code_at_fifty_challenges(account: Account) -> None:
    app = account.add_totp()
    challenges = [account.challenge() for _ in range(15)]
    before, code = sessions(account), next_code(app)

    only_one(account, before, at_once(lambda n: account.verify(challenges[n % 15], "totp", code)))


def test_one_recovery_code_at_many_challenges(account: Account) -> None:
    account.add_totp()
    code = account.call("make_recovery_codes", amr="pwd mfa").body["codes"][0]
    challenges = [account.challenge() for _ in range(10)]
    before = sessions(account)

    only_one(account, before, at_once(lambda n: account.verify(challenges[n % 10], "recovery", code)))


def test_one_authy_app_code_at_many_challenges(account: Account, phone: str) -> None:
    account.add_phone("authy", phone)
    challenges = [account.challenge() for _ in range(10)]
    before, code = sessions(account), account.providers.user(phone)["app_code"]

    only_one(account, before, at_once(lambda n: account.verify(challenges[n % 10], "authy", code)))


def test_one_approved_push_asked_about_fifty_times(account: Account, phone: str) -> None:
    account.add_phone("authy", phone)
    challenge_id, before = account.challenge(), sessions(account)
    account.start(challenge_id, "authy", "push")
    account.providers.answer_push(phone, "approved")

    only_one(account, before, at_once(lambda _: account.verify(challenge_id, "authy")))


def test_one_mailed_code_fifty_times(account: Account) -> None:
    challenge_id = account.handlers.call("signin_code", {"email": account.user.address}).body["challenge_id"]
    code, before = account.mailed_code(), sessions(account)

    answers = at_once(lambda _: account.verify(challenge_id, "email", code))

    only_one(account, before, answers)


def test_one_mailed_code_leads_to_one_challenge(account: Account) -> None:
    account.add_totp()
    challenge_id = account.handlers.call("signin_code", {"email": account.user.address}).body["challenge_id"]
    code = account.mailed_code()

    answers = at_once(lambda _: account.verify(challenge_id, "email", code))

    assert Counter(answer.status for answer in answers)[202] == 1


def test_fifty_confirmations_count_one_factor(account: Account) -> None:
    import pyotp

    account.prove_mailbox()
    secret = account.call("enrol_factor_totp").body["secret"]
    code = pyotp.TOTP(secret).now()

    answers = at_once(lambda _: account.call("confirm_factor", {"code": code}, "totp"))

    assert Counter(answer.status for answer in answers)[200] == 1
    profile = account.handlers.module("signin").SERVICES.directory.profile(account.user.id)
    assert profile is not None
    assert profile.second_factors == 1


def test_fifty_removals_count_one(account: Account, phone: str) -> None:
    account.add_totp()
    account.claims["amr"] = ["pwd", "otp", "mfa"]
    account.add_phone("verify", phone)

    answers = at_once(lambda _: account.call("remove_factor", factor_id="verify"))

    assert Counter(answer.status for answer in answers)[204] == 1
    profile = account.handlers.module("signin").SERVICES.directory.profile(account.user.id)
    assert profile is not None
    assert profile.second_factors == 1


def test_both_of_two_factors_removed_at_once_leave_none_or_are_tried_again(account: Account, phone: str) -> None:
    """The count on the profile is what sign-in goes by: it never says less than there is."""
    account.add_totp()
    account.claims["amr"] = ["pwd", "otp", "mfa"]
    account.add_phone("verify", phone)
    account.call("make_recovery_codes")

    with ThreadPoolExecutor(2) as crowd:
        list(crowd.map(lambda id_: account.call("remove_factor", factor_id=id_), ("totp", "verify")))
    left = account.factors()
    profile = account.handlers.module("signin").SERVICES.directory.profile(account.user.id)

    assert profile is not None
    assert profile.second_factors == len(left)
    assert bool(account.call("list_factors").body["recovery_codes_left"]) is bool(left)


def test_enrolling_authy_fifty_times_makes_one_user(account: Account, phone: str) -> None:
    account.prove_mailbox()

    answers = at_once(lambda _: account.enrol_phone("authy", phone))

    assert set(Counter(answer.status for answer in answers)) <= {200, 429, 503}
    assert [user["phone"] for user in account.providers.users()].count(phone) == 1
    assert account.enrol_phone("authy", phone).status in (200, 429)
    kind = account.handlers.module("enrol_factor").SERVICES.factor_types["authy"]
    (factor,) = kind._tools.factors.of(account.user.id)
    assert kind._secret(factor)["authy_id"] == account.providers.user(phone)["id"]


@pytest.mark.parametrize("limit", [3])
def test_pushes_at_once_are_three(account: Account, phone: str, limit: int) -> None:
    account.add_phone("authy", phone)
    challenges = [account.challenge() for _ in range(10)]

    answers = at_once(lambda n: account.start(challenges[n % 10], "authy", "push"))

    assert Counter(answer.status for answer in answers)[202] == limit


def test_texts_at_once_are_one(account: Account, phone: str) -> None:
    account.add_phone("verify", phone)
    account.providers.forget_waits(account)
    challenges = [account.challenge() for _ in range(10)]

    answers = at_once(lambda n: account.start(challenges[n % 10], "verify", "sms"))

    assert Counter(answer.status for answer in answers)[202] == 1
    assert len(account.providers.messages(phone)) == 2  # the other one confirmed the phone
