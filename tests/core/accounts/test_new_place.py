"""handlers.core.accounts.new_place, and the sign-in that it follows"""

import re
from dataclasses import replace

import pytest

from contract.events import SessionEnded, SessionStarted
from handlers.core.accounts import new_place, undo
from handlers.core.limits.places import Place
from handlers.core.sessions import sign_in
from handlers.errors import MailUnavailable
from tests.core.conftest import ADDRESS, PASSWORD, World

AWAY = Place("198.51.100.7", "e" * 43, agent="Mozilla/5.0 (iPhone) Version/18.0 Safari/605.1")


def started(world: World, place: Place) -> SessionStarted:
    sign_in.sign_in(world.services, ADDRESS, PASSWORD, place)
    event = world.services.events.of(world.user_id)[-1]
    assert isinstance(event, SessionStarted)
    return event


def test_only_an_unknown_device_in_an_unknown_network_is_a_new_place(world: World) -> None:
    first = started(world, world.place)
    again = started(world, world.place)
    same_network = started(world, replace(AWAY, source=world.place.source))
    same_device = started(world, replace(world.place, source="203.0.113.9"))
    neither = started(world, Place("198.51.100.7", "f" * 43))

    assert [one.is_new_place for one in (again, same_network, same_device)] == [False, False, False]
    assert [one.is_new_place for one in (first, neither)] == [True, True], "an imported user's first is told too"


def test_the_owner_is_told_and_the_link_ends_the_session(world: World) -> None:
    started(world, world.place)
    session_id = started(world, AWAY).session_id

    new_place.notify(world.services, world.user_id, session_id)

    to, subject, text = world.services.mails.sent[-1]
    assert (to, subject) == (ADDRESS, "A new sign-in to your account")
    assert "Device: Safari on iPhone\nNetwork: 198.51.100.0/24" in text
    found = re.search(r"/undo#(\S+)", text)
    assert found
    for _ in range(2):
        undo.follow(world.services, found.group(1))
    assert world.services.directory.live_session(world.user_id, session_id) is None
    assert world.services.events.of(world.user_id)[-1] == SessionEnded("ended_from_mail", session_id)


def test_a_day_has_five_notices(world: World) -> None:
    session_id = started(world, AWAY).session_id

    for _ in range(7):
        new_place.notify(world.services, world.user_id, session_id)

    assert len(world.services.mails.sent) == 5


def test_nobody_is_told_of_a_session_that_is_over(world: World) -> None:
    session_id = started(world, AWAY).session_id
    world.services.directory.end_session(world.user_id, session_id)

    new_place.notify(world.services, world.user_id, session_id)

    assert world.services.mails.sent == []


def test_a_failed_mail_is_a_fault_so_that_it_is_tried_again(world: World) -> None:
    session_id = started(world, AWAY).session_id
    world.services.mails.is_broken = True

    with pytest.raises(MailUnavailable):
        new_place.notify(world.services, world.user_id, session_id)
