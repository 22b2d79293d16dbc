"""handlers.core.mfa.verification: what a challenge accepts, and what it refuses."""

import pytest

from handlers.core.mfa import enrolment, verification
from handlers.core.mfa.challenges import Purpose
from handlers.core.mfa.factor_type import Proof
from handlers.core.mfa.verification import MfaRequired, VerifiedProof
from handlers.errors import NoSuchFactor, WrongCode
from tests.core.conftest import World


def required(world: World, purpose: Purpose = Purpose.SIGN_IN) -> MfaRequired:
    return verification.require(world.services, world.profile, purpose, ("pwd",), world.services.clock)


def verify(world: World, challenge_id: str, proof: Proof, factor_id: str = "totp") -> VerifiedProof:
    outcome = verification.verify(world.services, Purpose.SIGN_IN, challenge_id, factor_id, proof, world.services.clock)
    assert isinstance(outcome, VerifiedProof)
    return outcome


def test_a_right_code_makes_mfa_of_a_password(world: World) -> None:
    app = world.add_totp()

    proof = verify(world, required(world).challenge_id, Proof(world.code(app, 1)))

    assert proof.amr == ("pwd", "otp", "mfa")
    assert not proof.needs_second_factor
    assert proof.stored_factor is not None


def test_a_challenge_serves_its_purpose_alone(world: World) -> None:
    app = world.add_totp()

    with pytest.raises(WrongCode):
        verify(world, required(world, Purpose.RESET).challenge_id, Proof(world.code(app, 1)))


def test_five_wrong_codes_end_a_challenge(world: World) -> None:
    app = world.add_totp()
    challenge_id = required(world).challenge_id

    for _ in range(5):
        with pytest.raises(WrongCode):
            verify(world, challenge_id, Proof("000000"))
    with pytest.raises(WrongCode):
        verify(world, challenge_id, Proof(world.code(app, 1)))


@pytest.mark.parametrize("change", ["disabled", "epoch", "deleted"])
def test_a_user_who_was_locked_out_meanwhile_goes_no_further(world: World, change: str) -> None:
    app = world.add_totp()
    challenge_id = required(world).challenge_id
    if change == "disabled":
        world.services.directory.set_disabled(world.user_id, disabled=True)
    elif change == "epoch":
        world.services.directory.end_all_sessions(world.user_id)
    else:
        del world.services.data.profiles[world.user_id]

    with pytest.raises(WrongCode):
        verify(world, challenge_id, Proof(world.code(app, 1)))


@pytest.mark.parametrize("factor_id", ["email", "verify", "passkey"])
def test_a_second_factor_must_be_enrolled(world: World, factor_id: str) -> None:
    world.add_totp()

    with pytest.raises(NoSuchFactor):
        verify(world, required(world).challenge_id, Proof("12345678"), factor_id)


def test_a_recovery_code_stands_in_once(world: World) -> None:
    world.add_totp()
    codes = enrolment.make_recovery_codes(world.services, world.session("pwd", "otp", "mfa"))

    proof = verify(world, required(world).challenge_id, Proof(codes[0].lower()), "recovery")

    assert proof.verified.use.code_hash is not None
    with pytest.raises(WrongCode):
        verify(world, required(world).challenge_id, Proof("0000-0000"), "recovery")


def test_a_factor_without_channels_is_started_with_nothing(world: World) -> None:
    world.add_totp()
    challenge_id = required(world).challenge_id

    started = verification.start(world.services, challenge_id, "totp", None, "192.0.2.1")

    assert (started.factor.id, started.expires_in, dict(started.started.state)) == ("totp", 600, {})
    with pytest.raises(NoSuchFactor):
        verification.start(world.services, challenge_id, "totp", "sms", "192.0.2.1")


def test_a_type_that_is_offered_no_more_is_not_usable(world: World) -> None:
    world.add_totp()
    del world.services.factor_types["totp"]

    assert required(world).factors == []
