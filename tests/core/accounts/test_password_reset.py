"""handlers.core.accounts.password_reset: a mailed code, then the second factor, then a new password."""

import pytest

from handlers.core.accounts import mailed_codes, password_reset
from handlers.core.accounts.password_reset import PasswordReset
from handlers.core.mfa.factor_type import Proof
from handlers.core.mfa.verification import MfaRequired
from handlers.core.sessions import sign_in
from handlers.core.sessions.issue import SignedIn
from handlers.errors import NoSuchFactor, WeakPassword, WrongCode
from tests.core.conftest import ADDRESS, PASSWORD, World

NEW = "another long password of mine"


def begin(world: World) -> tuple[str, Proof]:
    begun = mailed_codes.start_reset(world.services, ADDRESS, world.place)
    return begun.challenge_id, Proof(world.services.mails.code(ADDRESS))


def test_a_reset_changes_the_password_and_ends_all_sessions(world: World) -> None:
    caller = world.session()
    challenge_id, proof = begin(world)

    outcome = password_reset.reset(world.services, challenge_id, "email", proof, NEW)

    assert outcome == PasswordReset()
    assert world.services.directory.live_session(caller.user_id, caller.session_id) is None
    assert world.services.data.sessions == {}
    assert world.services.mails.subjects(ADDRESS)[-1] == "Your password was changed"
    assert isinstance(sign_in.sign_in(world.services, ADDRESS, NEW, world.place), SignedIn)


def test_a_user_with_a_second_factor_presents_it_too(world: World) -> None:
    app = world.add_totp()
    challenge_id, proof = begin(world)

    required = password_reset.reset(world.services, challenge_id, "email", proof, NEW)
    assert isinstance(required, MfaRequired)
    before = world.services.data.passwords[world.user_id]
    outcome = password_reset.reset(world.services, challenge_id, "totp", Proof(world.code(app, 1)), NEW)

    assert outcome == PasswordReset()
    assert world.services.data.passwords[world.user_id] != before


def test_a_weak_password_costs_no_try_and_a_guessable_one_no_change(world: World) -> None:
    challenge_id, proof = begin(world)

    with pytest.raises(WeakPassword):
        password_reset.reset(world.services, challenge_id, "email", proof, "short")
    (stored,) = world.services.data.challenges.values()
    assert stored.tries == 0
    with pytest.raises(WeakPassword):
        password_reset.reset(world.services, challenge_id, "email", proof, "aaaaaaaaaaaaaaaaaaaa")
    assert isinstance(sign_in.sign_in(world.services, ADDRESS, PASSWORD, world.place), SignedIn)


def test_a_code_for_signing_in_resets_nothing(world: World) -> None:
    begun = mailed_codes.start_sign_in(world.services, ADDRESS, world.place)
    proof = Proof(world.services.mails.code(ADDRESS))

    with pytest.raises(WrongCode):
        password_reset.reset(world.services, begun.challenge_id, "email", proof, NEW)


def test_a_stack_without_mail_has_no_reset(world: World) -> None:
    world.services.mailer = None

    with pytest.raises(NoSuchFactor):
        password_reset.reset(world.services, "x" * 43, "email", Proof("12345678"), NEW)
