"""The sessions of a user, as their owner sees and ends them. Source: OWASP ASVS 5.0 §7.5.2."""

import re

from contract.events import SessionEnded
from handlers.core.accounts.account_owner import live_owner
from handlers.core.services import Services
from handlers.core.sessions.caller import Caller
from handlers.core.sessions.sessions import Session
from handlers.errors import BadRequest

SESSION_ID = re.compile("[0-9a-f]{32}")


def list_sessions(services: Services, user_id: str) -> list[Session]:
    """Return the sessions that are alive, the last used first."""
    now = services.now()
    epoch = getattr(services.directory.profile(user_id), "epoch", None)
    alive = [one for one in services.directory.sessions_of(user_id) if one.epoch == epoch and not one.is_over(now)]
    return sorted(alive, key=lambda one: one.rotated_at, reverse=True)


def end_session(services: Services, caller: Caller, session_id: str) -> None:
    """End a session of the caller; may be repeated. Raises `BadRequest`."""
    if not SESSION_ID.fullmatch(session_id):
        raise BadRequest("The id is not a session's.")
    services.directory.end_session(caller.user_id, session_id)
    services.events.emit(SessionEnded("ended_by_user", session_id), caller.user_id)


def end_sessions(services: Services, caller: Caller, *, others: bool) -> None:
    """End all sessions of the caller, or all but this one. Raises `InvalidGrant`, `Contended`."""
    if others:
        profile, session = live_owner(services, caller)
        services.directory.end_other_sessions(profile, session.id)
    else:
        services.directory.end_all_sessions(caller.user_id)
    services.events.emit(SessionEnded("ended_by_user"), caller.user_id)
