"""The owner of an account, at the start of every change of it."""

from handlers.core.accounts.users import Profile
from handlers.core.mfa import factor_type
from handlers.core.services import Services
from handlers.core.sessions.caller import Caller
from handlers.core.sessions.sessions import Session
from handlers.errors import InvalidGrant


def live_owner(services: Services, caller: Caller) -> tuple[Profile, Session]:
    """Return user and session, which must be alive whatever the authorizer has cached. Raises `InvalidGrant`."""
    live = services.directory.live_session(caller.user_id, caller.session_id)
    if live is None:
        raise InvalidGrant
    return live


def strong_owner(services: Services, caller: Caller) -> tuple[Profile, Session]:
    """Return the same, after a sign-in with a second factor if the user has one. Raises `StepUpRequired` too."""
    profile, session = live_owner(services, caller)
    factor_type.require_strength(profile, session.amr)
    return profile, session
