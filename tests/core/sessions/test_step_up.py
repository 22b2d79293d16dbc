"""handlers.core.sessions.step_up: fresher and stronger authentication within a session."""

import jwt
import pytest

from handlers.core.mfa.factor_type import Proof
from handlers.core.mfa.verification import MfaRequired
from handlers.core.sessions import step_up
from handlers.core.sessions.caller import Caller
from handlers.core.sessions.step_up import SteppedUp
from handlers.errors import InvalidCredentials, InvalidGrant, WrongCode
from tests.core.conftest import ADDRESS, PASSWORD, World


def methods(outcome: object) -> list[str]:
    assert isinstance(outcome, SteppedUp)
    amr: list[str] = jwt.decode(outcome.access.token, options={"verify_signature": False})["amr"]
    return amr


def test_without_a_factor_a_code_is_mailed(world: World) -> None:
    caller = world.session()
    begun = step_up.begin(world.services, caller, world.place)
    proof = Proof(world.services.mails.code(ADDRESS))

    outcome = step_up.verify(world.services, caller, begun.challenge_id, "email", proof)

    assert methods(outcome) == ["otp"]
    assert world.services.data.sessions[caller.user_id, caller.session_id].amr == ("otp",)


def test_with_a_factor_its_proof_is_required(world: World) -> None:
    app = world.add_totp()
    caller = world.session()
    begun = step_up.with_password(world.services, caller, PASSWORD, world.place)
    assert isinstance(begun, MfaRequired)

    outcome = step_up.verify(world.services, caller, begun.challenge_id, "totp", Proof(world.code(app, 1)))

    assert methods(outcome) == ["pwd", "otp", "mfa"]


def test_the_password_alone_is_enough_without_a_factor(world: World) -> None:
    caller = world.session("otp", "mfa")
    world.services.clock += 1000

    assert methods(step_up.with_password(world.services, caller, PASSWORD, world.place)) == ["pwd"]
    stored = world.services.data.sessions[caller.user_id, caller.session_id]
    assert stored.authenticated_at == world.services.clock
    with pytest.raises(InvalidCredentials):
        step_up.with_password(world.services, caller, "wrong", world.place)


def test_a_challenge_of_another_session_is_refused(world: World) -> None:
    app = world.add_totp()
    one, other = world.session(), world.session()
    begun = step_up.begin(world.services, one, world.place)

    with pytest.raises(WrongCode):
        step_up.verify(world.services, other, begun.challenge_id, "totp", Proof(world.code(app, 1)))


def test_a_mailed_code_is_not_enough_once_a_factor_was_added(world: World) -> None:
    caller = world.session()
    begun = step_up.begin(world.services, caller, world.place)
    proof = Proof(world.services.mails.code(ADDRESS))
    world.add_totp()

    with pytest.raises(WrongCode):
        step_up.verify(world.services, caller, begun.challenge_id, "email", proof)


def test_a_session_that_is_over_steps_up_no_more(world: World) -> None:
    gone = Caller(world.user_id, "0" * 32, frozenset())

    with pytest.raises(InvalidGrant):
        step_up.begin(world.services, gone, world.place)
    with pytest.raises(InvalidGrant):
        step_up.with_password(world.services, gone, PASSWORD, world.place)


def test_where_mfa_is_required_a_user_without_a_factor_signs_in_again(world: World) -> None:
    caller = world.session()
    world.services.requires_mfa = True

    with pytest.raises(InvalidGrant):
        step_up.with_password(world.services, caller, PASSWORD, world.place)
