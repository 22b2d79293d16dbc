"""The profile of a user: name, locale, picture, and attributes of the team's own."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from contract.events import ProfileChanged
from handlers.core.accounts.account_owner import live_owner
from handlers.core.accounts.users import Details, Profile
from handlers.core.services import Services
from handlers.core.sessions.caller import Caller
from handlers.errors import BadRequest, Contended, InvalidGrant

MAX_ATTRIBUTES_BYTES = 2048
MAX_ROUNDS = 5
Changes = Mapping[str, Any]


def show(services: Services, caller: Caller) -> Profile:
    """Return the caller as stored. Raises `InvalidGrant` if the user is gone."""
    profile = services.directory.profile(caller.user_id)
    if profile is None:
        raise InvalidGrant
    return profile


def change(services: Services, caller: Caller, changes: Changes) -> Profile:
    """Change these fields of the caller's profile; None removes one. Raises `BadRequest`, `InvalidGrant`."""
    cleaned = dict(changes)
    if "attributes" in cleaned:
        cleaned["attributes"] = checked_attributes(services, cleaned["attributes"] or {})
    for _ in range(MAX_ROUNDS):
        profile, _session = live_owner(services, caller)
        details: Details = replace(profile.details, **cleaned)
        if details == profile.details:
            return profile
        if services.accounts.save_details(profile, details):
            services.events.emit(ProfileChanged(sorted(cleaned)), profile.user_id)
            return replace(profile, details=details)
    raise Contended


def checked_attributes(services: Services, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the attributes, if they are as the stack's schema has them. Raises `BadRequest`."""
    text = json.dumps(attributes, sort_keys=True)
    if len(text.encode()) > MAX_ATTRIBUTES_BYTES:
        raise BadRequest(f"The attributes are larger than {MAX_ATTRIBUTES_BYTES} bytes.")
    if attributes and not services.profile_attributes:
        raise BadRequest("This stack has no attributes.")
    if attributes:
        _check(json.dumps(dict(services.profile_attributes)), attributes)
    return attributes


def _check(schema: str, attributes: Mapping[str, Any]) -> None:
    from fastjsonschema import JsonSchemaValueException  # only for profiles with attributes

    try:
        _validator(schema)(attributes)
    except JsonSchemaValueException as error:
        names = [name for name in error.path[1:] if name in attributes]
        where = f"attribute `{names[0]}` is" if names else "attributes are"
        raise BadRequest(f"The {where} not what this stack takes.") from None


@cache
def _validator(schema: str) -> Any:
    import fastjsonschema

    return fastjsonschema.compile(json.loads(schema), use_default=False)
