"""handlers.core.accounts.operators: what operators do to users."""

import pytest

from handlers.core.accounts import operators
from handlers.core.limits.places import Place
from handlers.core.sessions import sign_in
from handlers.core.sessions.issue import SignedIn
from handlers.errors import InvalidCredentials, NoSuchUser, NotificationFailed
from tests.core.conftest import ADDRESS, PASSWORD, World


def signs_in(world: World) -> bool:
    try:
        return isinstance(sign_in.sign_in(world.services, ADDRESS, PASSWORD, Place("192.0.2.50")), SignedIn)
    except InvalidCredentials:
        return False


def test_a_disabled_user_is_out_until_enabled(world: World) -> None:
    caller = world.session()

    operators.disable(world.services, ADDRESS.upper())
    assert world.services.directory.live_session(caller.user_id, caller.session_id) is None
    assert not signs_in(world)

    operators.enable(world.services, ADDRESS)
    assert signs_in(world)


def test_unlock_resets_wrong_passwords_in_a_row(world: World) -> None:
    for number in range(100):
        with pytest.raises(InvalidCredentials):
            sign_in.sign_in(world.services, ADDRESS, "wrong", Place(f"198.51.{number}.1"))
    assert not signs_in(world)

    operators.unlock(world.services, ADDRESS)

    assert signs_in(world)


def test_factors_are_removed_with_recovery_codes_and_the_user_is_told(world: World) -> None:
    world.add_totp()
    world.services.factors.replace_recovery_codes(world.profile, [b"one"], world.services.clock)

    operators.remove_factors(world.services, ADDRESS)

    assert world.services.factors.of(world.user_id) == []
    assert world.services.data.sessions == {}
    assert world.services.mails.subjects(ADDRESS)[-1] == "Your second factors"
    assert signs_in(world)


def test_a_removal_does_not_depend_on_mail(world: World) -> None:
    world.add_totp()
    world.services.mails.is_broken = True

    with pytest.raises(NotificationFailed):
        operators.remove_factors(world.services, ADDRESS)
    assert signs_in(world)


def test_a_deleted_user_leaves_nothing(world: World) -> None:
    world.add_totp()
    world.session()

    operators.delete(world.services, ADDRESS)

    assert world.services.directory.owner_of(ADDRESS) is None
    assert world.services.factors.of(world.user_id) == []
    assert world.services.data.sessions == {}


@pytest.mark.parametrize(
    "act",
    [operators.disable, operators.enable, operators.unlock, operators.remove_factors, operators.delete],
)
def test_an_unknown_address_is_said(world: World, act: object) -> None:
    assert callable(act)
    with pytest.raises(NoSuchUser):
        act(world.services, "nobody@example.com")
