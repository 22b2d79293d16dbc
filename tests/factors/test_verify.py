"""Twilio Verify, against the fake that speaks its wire format, through the `twilio` package."""

import time

import pytest

from sallyport.local.fakes import fake_http
from tests.factors.conftest import FAULTS
from tests.support.account import Account, new_phone


def challenged(account: Account, phone: str, channel: str = "sms") -> str:
    """Return a challenge for which a code was sent."""
    account.providers.forget_waits(account)
    challenge_id = account.challenge()
    started = account.start(challenge_id, "verify", channel)
    assert started.status == 202, started.text
    return challenge_id


@pytest.mark.parametrize(("channel", "amr"), [("sms", "sms"), ("call", "tel")])
def test_a_code_that_is_sent_completes_a_sign_in(account: Account, phone: str, channel: str, amr: str) -> None:
    account.add_phone("verify", phone)

    challenge_id = challenged(account, phone, channel)
    answer = account.verify(challenge_id, "verify", account.providers.code(phone))

    assert account.hold(answer)["amr"] == ["pwd", amr, "mfa"]
    assert account.factors()[0]["hint"] == f"+55 •••• {phone[-4:]}"


def test_a_wrong_code_is_wrong_though_twilio_answers_200(account: Account, phone: str) -> None:
    account.add_phone("verify", phone)
    challenge_id = challenged(account, phone)
    right = account.providers.code(phone)
    wrong = str((int(right) + 1) % 10**6).zfill(6)

    assert account.verify(challenge_id, "verify", wrong).status == 401
    assert account.verify(challenge_id, "verify", right).status == 200


def test_a_code_of_one_challenge_does_not_pass_for_another(account: Account, phone: str) -> None:
    """Twilio would continue the open verification, with the same code."""
    account.add_phone("verify", phone)
    first = challenged(account, phone)
    of_first = account.providers.code(phone)
    second = challenged(account, phone)
    of_second = account.providers.code(phone)

    assert of_first != of_second
    assert account.verify(second, "verify", of_first).status == 401
    assert account.verify(first, "verify", of_first).status == 401
    assert account.verify(second, "verify", of_second).status == 200


def test_without_a_message_there_is_no_code(account: Account, phone: str) -> None:
    account.add_phone("verify", phone)

    assert account.verify(account.challenge(), "verify", "123456").status == 401


def test_a_code_that_was_used_is_used_up(account: Account, phone: str) -> None:
    account.add_phone("verify", phone)
    challenge_id = challenged(account, phone)
    code = account.providers.code(phone)

    assert [account.verify(challenge_id, "verify", code).status for _ in range(2)] == [200, 401]


@pytest.mark.parametrize("phone", ["12345", "+55 11", "+5511", "0987650547"])
def test_what_is_no_phone_is_refused(account: Account, phone: str) -> None:
    answer = account.call("enrol_factor_verify", {"phone": phone})

    assert answer.status == 400
    assert account.factors() == []


def test_countries_that_are_not_allowed_get_no_messages(account: Account) -> None:
    answer = account.call("enrol_factor_verify", {"phone": "+61412345678"})

    assert (answer.status, answer.body["code"]) == (400, "country_not_allowed")


def test_beginning_again_goes_on_with_the_code_that_is_on_its_way(account: Account, phone: str) -> None:
    account.prove_mailbox()
    for _ in range(2):
        account.enrol_phone("verify", phone)
        account.providers.forget_waits(account)
        assert account.call("send_factor_code", {"channel": "sms"}, "verify").status == 202

    assert account.call("confirm_factor", {"code": account.providers.code(phone)}, "verify").status == 200


def test_a_phone_is_not_confirmed_by_another_ones_code(account: Account, phone: str) -> None:
    account.prove_mailbox()
    mine = new_phone()
    account.enrol_phone("verify", mine)
    account.call("send_factor_code", {"channel": "sms"}, "verify")
    factors = account.handlers.module("enrol_factor").SERVICES.factors
    (own,) = factors.of(account.user.id)
    account.enrol_phone("verify", phone)
    (others,) = factors.of(account.user.id)
    factors.save_started(others, own.started, is_sent=True)

    assert account.call("confirm_factor", {"code": account.providers.code(mine)}, "verify").status == 401


def test_a_stranger_who_claims_the_phone_disturbs_nobody(account: Account, phone: str) -> None:
    """Their messages are counted by themselves, and the owner's open code stays good."""
    account.add_phone("verify", phone)
    challenge_id = challenged(account, phone)
    code = account.providers.code(phone)
    stranger = Account(account.handlers.user(), account.providers)
    stranger.prove_mailbox()
    stranger.enrol_phone("verify", phone)

    assert stranger.call("send_factor_code", {"channel": "sms"}, "verify").status == 429
    assert account.verify(challenge_id, "verify", code).status == 200


@pytest.mark.parametrize(
    "phone",
    ["+19005550123", "+448001111111", "+449098790000", "+447012345678", "+445600123456", "+15005550006"],
)
def test_only_phones_and_lines_are_called(account: Account, phone: str) -> None:
    """Premium, toll-free, personal numbers (a known fraud), and numbers that are no device: VoIP."""
    answer = account.call("enrol_factor_verify", {"phone": phone})

    assert (answer.status, answer.body["message"]) == (400, "The phone is of a kind that is not called.")


def test_nothing_is_sent_for_an_enrolment_that_is_over(
    account: Account, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its code could not confirm it."""
    account.prove_mailbox()
    account.enrol_phone("verify", phone)
    later = time.time() + 601
    monkeypatch.setattr(time, "time", lambda: later)

    answer = account.call("send_factor_code", {"channel": "sms"}, "verify", auth_time=str(int(later)))

    assert (answer.status, answer.body["message"]) == (404, "It was not confirmed in time; add it again.")
    assert account.providers.messages(phone) == []


def test_premium_islands_do_not_hide_behind_plus_one(account: Account) -> None:
    """Jamaica, +1 876: messages there are what pumpers are paid for."""
    answer = account.call("enrol_factor_verify", {"phone": "+18765550123"})

    assert answer.status == 400


@pytest.mark.parametrize(("fault", "status", "code"), FAULTS)
def test_every_fault_at_every_step_changes_nothing(
    account: Account, phone: str, fault: str, status: int, code: str
) -> None:
    account.add_phone("verify", phone)
    challenge_id = challenged(account, phone)
    right = account.providers.code(phone)
    account.providers.forget_waits(account)

    with account.providers.fault(fault, "verify"):
        sending = account.start(account.challenge(), "verify", "sms")
        assert (sending.status, sending.body["code"]) == (status, code)
        judging = account.verify(challenge_id, "verify", right)
        assert (judging.status, judging.body["code"]) == (status, code)

    challenge_id = challenged(account, phone)
    assert account.verify(challenge_id, "verify", account.providers.code(phone)).status == 200


def test_a_fault_takes_no_longer_than_the_functions_have(account: Account, phone: str) -> None:
    account.add_phone("verify", phone)
    account.providers.forget_waits(account)
    challenge_id = account.challenge()
    started = time.monotonic()

    with account.providers.fault("timeout", "verify"):
        assert account.start(challenge_id, "verify", "sms").status == 503

    assert time.monotonic() - started < fake_http.TIMEOUT_SECONDS
