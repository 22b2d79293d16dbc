"""handlers.core.accounts.profiles"""

from typing import Any

import pytest

from contract.events import ProfileChanged
from handlers.core.accounts import profiles
from handlers.errors import BadRequest, Contended, InvalidGrant
from tests.core.conftest import World

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"plan": {"enum": ["free", "paid"]}, "seats": {"type": "integer", "maximum": 9}},
}


def test_fields_are_changed_one_by_one(world: World) -> None:
    caller = world.session()

    profiles.change(world.services, caller, {"name": "Ada", "locale": "en"})
    profiles.change(world.services, caller, {"locale": None})

    details = profiles.show(world.services, caller).details
    assert (details.name, details.locale) == ("Ada", None)
    assert world.services.events.of(world.user_id) == [ProfileChanged(["locale", "name"]), ProfileChanged(["locale"])]


def test_what_is_the_same_already_is_no_change(world: World) -> None:
    profiles.change(world.services, world.session(), {"name": None})

    assert world.services.events.emitted == []


def test_attributes_are_those_of_the_schema(world: World) -> None:
    world.services.profile_attributes = SCHEMA

    changed = profiles.change(world.services, world.session(), {"attributes": {"plan": "paid", "seats": 3}})

    assert changed.details.attributes == {"plan": "paid", "seats": 3}


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"plan": "gold"}, "The attribute `plan` is"),
        ({"seats": 10}, "The attribute `seats` is"),
        ({"admin": True}, "The attributes are"),
        ({"plan": "free", "seats": "x" * 3000}, "larger than 2048 bytes"),
    ],
)
def test_other_attributes_are_refused_without_a_quotation(world: World, attributes: dict[str, Any], said: str) -> None:
    world.services.profile_attributes = SCHEMA

    with pytest.raises(BadRequest, match=said):
        profiles.change(world.services, world.session(), {"attributes": attributes})
    assert world.profile.details.attributes == {}


def test_a_stack_without_a_schema_has_no_attributes(world: World) -> None:
    with pytest.raises(BadRequest, match="no attributes"):
        profiles.change(world.services, world.session(), {"attributes": {"plan": "paid"}})


def test_an_ended_session_changes_nothing(world: World) -> None:
    caller = world.session()
    world.services.directory.end_session(caller.user_id, caller.session_id)

    with pytest.raises(InvalidGrant):
        profiles.change(world.services, caller, {"name": "Eve"})


def test_a_change_that_always_loses_asks_to_try_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.services.accounts, "save_details", lambda *_: False)

    with pytest.raises(Contended):
        profiles.change(world.services, world.session(), {"name": "Ada"})
