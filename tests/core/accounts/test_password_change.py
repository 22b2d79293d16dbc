"""handlers.core.accounts.password_change"""

import pytest

from contract.events import AuthenticationRefused, PasswordChanged
from handlers.core.accounts import password_change
from handlers.core.sessions import sign_in
from handlers.core.sessions.issue import SignedIn
from handlers.errors import InvalidCredentials, InvalidGrant, StepUpRequired, WeakPassword
from tests.core.conftest import ADDRESS, PASSWORD, World

NEW = "another long password of mine"


def signs_in(world: World, password: str) -> bool:
    try:
        return isinstance(sign_in.sign_in(world.services, ADDRESS, password, world.place), SignedIn)
    except InvalidCredentials:
        return False


def test_the_current_password_sets_a_new_one_and_ends_other_sessions(world: World) -> None:
    caller, other = world.session(), world.session()

    password_change.change(world.services, caller, PASSWORD, NEW, world.place)

    assert world.services.directory.live_session(caller.user_id, caller.session_id) is not None
    assert world.services.directory.live_session(other.user_id, other.session_id) is None
    assert (signs_in(world, PASSWORD), signs_in(world, NEW)) == (False, True)
    assert world.services.mails.subjects(ADDRESS) == ["Your password was changed"]
    assert PasswordChanged("user") in world.services.events.of(world.user_id)


def test_only_the_place_of_the_change_stays_known(world: World) -> None:
    signs_in(world, PASSWORD)
    before = set(world.services.directory.account(world.user_id).places.seen)

    password_change.change(world.services, world.session(), PASSWORD, NEW, world.place)

    assert set(world.services.directory.account(world.user_id).places.seen) == before


def test_a_wrong_current_password_changes_nothing(world: World) -> None:
    with pytest.raises(InvalidCredentials):
        password_change.change(world.services, world.session(), "wrong", NEW, world.place)

    assert signs_in(world, PASSWORD)
    assert world.services.events.of(world.user_id)[0] == AuthenticationRefused("password", "wrong")


@pytest.mark.parametrize(("amr", "age", "is_enough"), [("otp", 0, True), ("pwd", 0, False), ("otp", 301, False)])
def test_without_it_a_fresh_mailed_code_is_needed(world: World, amr: str, age: int, is_enough: bool) -> None:
    caller = world.session(amr)
    world.services.clock += age

    if is_enough:
        password_change.change(world.services, caller, None, NEW, world.place)
    else:
        with pytest.raises(StepUpRequired):
            password_change.change(world.services, caller, None, NEW, world.place)
    assert signs_in(world, NEW) is is_enough


def test_a_user_with_a_second_factor_needs_it_even_with_the_password(world: World) -> None:
    world.add_totp()

    with pytest.raises(StepUpRequired):
        password_change.change(world.services, world.session("pwd"), PASSWORD, NEW, world.place)
    password_change.change(world.services, world.session("pwd", "otp", "mfa"), PASSWORD, NEW, world.place)


def test_a_weak_password_is_refused_before_an_attempt_is_counted(world: World) -> None:
    with pytest.raises(WeakPassword):
        password_change.change(world.services, world.session(), "wrong", "short", world.place)
    assert world.services.data.counters == {}


def test_an_ended_session_sets_no_password(world: World) -> None:
    caller = world.session()
    world.services.directory.end_all_sessions(world.user_id)

    with pytest.raises(InvalidGrant):
        password_change.change(world.services, caller, PASSWORD, NEW, world.place)
