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


def check(event: Mapping[str, Any], now: float) -> None:
    """Raise `StepUpRequired` if the route's guard requires more than the caller's sign-in."""
    guard = GUARDS.get(event.get("routeKey") or "")
    if not isinstance(guard, Session) or (guard.max_age is None and guard.acr is None):
        return
    claims = event["requestContext"]["authorizer"]["lambda"]
    is_fresh = guard.max_age is None or now - int(claims["auth_time"]) <= guard.max_age
    is_strong = guard.acr is None or assurance.reaches(claims["amr"].split(), guard.acr)
    if not (is_fresh and is_strong):
        raise StepUpRequired(max_age=guard.max_age, acr=guard.acr)
