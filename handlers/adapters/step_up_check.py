"""The check that a sign-in is as fresh and as strong as the route requires.

The function checks it, because an HTTP API's Lambda authorizer cannot give a reason. The authorizer hands over when and
how the caller signed in.
"""

from collections.abc import Mapping
from typing import Any

from contract.route import Session
from contract.routes import authorized
from handlers.core.mfa import assurance
from handlers.errors import StepUpRequired

GUARDS = authorized()
AHEAD_SECONDS = 60
"""How far the clock of the function that signed the caller in may have been ahead of this one's."""


def check(event: Mapping[str, Any], now: float) -> None:
    """Raise `StepUpRequired` if the route's guard requires more than the caller's sign-in."""
    guard = GUARDS.get(event.get("routeKey") or "")
    if not isinstance(guard, Session) or (guard.max_age is None and guard.acr is None):
        return
    claims = event["requestContext"]["authorizer"]["lambda"]
    age = now - int(claims["auth_time"])
    is_fresh = guard.max_age is None or -AHEAD_SECONDS <= age <= guard.max_age
    is_strong = guard.acr is None or assurance.reaches(claims["amr"].split(), guard.acr)
    if not (is_fresh and is_strong):
        raise StepUpRequired(max_age=guard.max_age, acr=guard.acr)
