"""Everything that is stored about a user, for that user. Source: GDPR, article 15."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract import factors as kinds
from contract.events import DataExported
from handlers.core.accounts.account_owner import strong_owner
from handlers.core.accounts.links import Link
from handlers.core.accounts.users import Profile
from handlers.core.limits.places import KnownPlaces
from handlers.core.mfa.factor_type import Enrolled
from handlers.core.services import Services
from handlers.core.sessions import devices
from handlers.core.sessions.caller import Caller
from handlers.core.sessions.sessions import Session
from handlers.errors import InvalidGrant


@dataclass(frozen=True)
class PersonalData:
    """The stored data about a user; `applications` are those of the stack, by name."""

    profile: Profile
    sessions: list[Session]
    factors: list[Enrolled]
    recovery_codes_left: int
    places: KnownPlaces
    links: list[Link]
    applications: Mapping[str, Any]


def export(services: Services, caller: Caller) -> PersonalData:
    """Return all data about the caller. Raises `StepUpRequired`, `InvalidGrant`, `Contended`."""
    strong_owner(services, caller)
    user_id, now = caller.user_id, services.now()
    account = services.directory.account(user_id)
    if account.profile is None:
        raise InvalidGrant
    enrolled = services.factors.of(user_id)
    data = PersonalData(
        profile=account.profile,
        sessions=devices.list_sessions(services, user_id),
        factors=[one for one in enrolled if one.kind != kinds.RECOVERY],
        recovery_codes_left=sum(one.counter for one in enrolled if one.kind == kinds.RECOVERY),
        places=account.places,
        links=[one for one in services.accounts.links_of(user_id) if one.expires_at > now],
        applications=services.applications.export(user_id),
    )
    services.events.emit(DataExported(), user_id)
    return data
