"""handlers.core.sessions.devices"""

import pytest

from contract.events import SessionEnded
from handlers.core.sessions import devices
from handlers.errors import BadRequest, InvalidGrant
from tests.core.conftest import World


def listed(world: World) -> list[str]:
    return [one.id for one in devices.list_sessions(world.services, world.user_id)]


def test_sessions_are_listed_the_last_used_first(world: World) -> None:
    first = world.session()
    world.services.clock += 10
    second = world.session()

    assert listed(world) == [second.session_id, first.session_id]


def test_sessions_that_are_over_are_not_listed(world: World) -> None:
    world.session()
    world.services.directory.end_all_sessions(world.user_id)
    idle = world.session()
    world.services.clock += 14 * 86400

    assert idle.session_id not in listed(world)
    assert listed(world) == []


def test_one_session_is_ended_and_may_be_again(world: World) -> None:
    caller, other = world.session(), world.session()

    for _ in range(2):
        devices.end_session(world.services, caller, other.session_id)

    assert listed(world) == [caller.session_id]
    assert world.services.events.of(world.user_id)[0] == SessionEnded("ended_by_user", other.session_id)


def test_the_others_are_ended(world: World) -> None:
    caller = world.session()
    world.session()

    devices.end_sessions(world.services, caller, others=True)

    assert listed(world) == [caller.session_id]


def test_all_are_ended(world: World) -> None:
    caller = world.session()

    devices.end_sessions(world.services, caller, others=False)

    assert listed(world) == []
    with pytest.raises(InvalidGrant):
        devices.end_sessions(world.services, caller, others=True)


def test_a_session_of_somebody_else_is_not_reached(world: World) -> None:
    other = world.services.add_user("other@example.com")
    theirs = world.session().session_id

    from dataclasses import replace

    devices.end_session(world.services, replace(world.session(), user_id=other.user_id), theirs)

    assert theirs in listed(world)


def test_an_id_is_the_one_of_a_session(world: World) -> None:
    with pytest.raises(BadRequest):
        devices.end_session(world.services, world.session(), "x#y")
