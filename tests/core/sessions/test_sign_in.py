"""handlers.core.sessions.sign_in: where each first factor leads."""

import jwt
import pytest

from handlers.core.accounts import mailed_codes
from handlers.core.mfa.factor_type import Proof
from handlers.core.mfa.verification import MfaRequired
from handlers.core.sessions import sign_in
from handlers.core.sessions.issue import SignedIn
from handlers.core.sessions.sign_in import EnrolmentRequired
from handlers.errors import InvalidCredentials, WrongCode
from tests.core.conftest import ADDRESS, PASSWORD, World


def claims(token: str) -> dict[str, object]:
    found: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return found


def test_a_password_starts_a_session_at_a_place_that_is_known_from_then_on(world: World) -> None:
    outcome = sign_in.sign_in(world.services, ADDRESS, PASSWORD, world.place)

    assert isinstance(outcome, SignedIn)
    found = claims(outcome.access.token)
    assert (found["sub"], found["amr"], found["scope"]) == (
        world.user_id,
        ["pwd"],
        "OrdersAPI/orders.read OrdersAPI/orders.write account",
    )
    assert (world.user_id, found["sid"]) in world.services.data.sessions
    assert len(world.services.data.places[world.user_id].seen) == 2, "the network and the device"


@pytest.mark.parametrize(("address", "password"), [(ADDRESS, "wrong"), ("nobody@example.com", PASSWORD), ("", "")])
def test_a_wrong_password_starts_nothing(world: World, address: str, password: str) -> None:
    with pytest.raises(InvalidCredentials):
        sign_in.sign_in(world.services, address, password, world.place)

    assert world.services.data.sessions == {}


def test_a_user_with_a_second_factor_presents_both(world: World) -> None:
    app = world.add_totp()
    required = sign_in.sign_in(world.services, ADDRESS, PASSWORD, world.place)
    assert isinstance(required, MfaRequired)
    assert [one.id for one in required.factors] == ["totp"]

    outcome = sign_in.verify(world.services, required.challenge_id, "totp", Proof(world.code(app, 1)), world.place)

    assert isinstance(outcome, SignedIn)
    assert claims(outcome.access.token)["amr"] == ["pwd", "otp", "mfa"]
    assert claims(outcome.access.token)["acr"] == "mfa"


def test_a_code_is_accepted_once(world: World) -> None:
    app = world.add_totp()
    code = Proof(world.code(app, 1))
    first, second = (sign_in.sign_in(world.services, ADDRESS, PASSWORD, world.place) for _ in range(2))
    assert isinstance(first, MfaRequired)
    assert isinstance(second, MfaRequired)

    assert isinstance(sign_in.verify(world.services, first.challenge_id, "totp", code, world.place), SignedIn)
    for challenge_id in (first.challenge_id, second.challenge_id):
        with pytest.raises(WrongCode):
            sign_in.verify(world.services, challenge_id, "totp", code, world.place)


def test_a_mailed_code_is_a_first_factor(world: World) -> None:
    begun = mailed_codes.start_sign_in(world.services, ADDRESS, world.place)
    proof = Proof(world.services.mails.code(ADDRESS))

    outcome = sign_in.verify(world.services, begun.challenge_id, "email", proof, world.place)

    assert isinstance(outcome, SignedIn)
    assert claims(outcome.access.token)["amr"] == ["otp"]


def test_after_a_mailed_code_the_second_factor_is_required_too(world: World) -> None:
    app = world.add_totp()
    begun = mailed_codes.start_sign_in(world.services, ADDRESS, world.place)
    proof = Proof(world.services.mails.code(ADDRESS))

    required = sign_in.verify(world.services, begun.challenge_id, "email", proof, world.place)

    assert isinstance(required, MfaRequired)
    with pytest.raises(WrongCode):
        sign_in.verify(world.services, begun.challenge_id, "totp", proof, world.place)
    outcome = sign_in.verify(world.services, begun.challenge_id, "totp", Proof(world.code(app, 1)), world.place)
    assert isinstance(outcome, SignedIn)


def test_a_stack_that_requires_mfa_gives_a_session_that_can_only_enrol(world: World) -> None:
    world.services.requires_mfa = True

    outcome = sign_in.sign_in(world.services, ADDRESS, PASSWORD, world.place)

    assert isinstance(outcome, EnrolmentRequired)
    found = claims(outcome.access.token)
    assert (found["scope"], outcome.access.expires_in) == ("enrol", 600)
    assert world.user_id not in world.services.data.places


def test_a_challenge_ends_after_ten_minutes(world: World) -> None:
    app = world.add_totp()
    required = sign_in.sign_in(world.services, ADDRESS, PASSWORD, world.place)
    assert isinstance(required, MfaRequired)
    world.services.clock += required.expires_in

    with pytest.raises(WrongCode):
        sign_in.verify(world.services, required.challenge_id, "totp", Proof(world.code(app)), world.place)
