"""Whether a sign-in is as fresh and as strong as the route asks: decided by the function, which can say so.

A Lambda authorizer of an HTTP API refuses without a word, so the gate hands over when and how the caller signed in.
"""

from collections.abc import Mapping
from typing import Any

from contract.route import Session
from contract.routes import gated
from handlers.core import assurance
from handlers.errors import StepUpRequired

GUARDS = gated()


def check(event: Mapping[str, Any], now: float) -> None:
    """Raise `StepUpRequired` if the route's guard asks for more than the caller's sign-in."""
    guard = GUARDS.get(event.get("routeKey") or "")
    if not isinstance(guard, Session) or (guard.max_age is None and guard.acr is None):
        return
    caller = event["requestContext"]["authorizer"]["lambda"]
    is_fresh = guard.max_age is None or now - int(caller["auth_time"]) <= guard.max_age
    is_strong = guard.acr is None or assurance.reaches(caller["amr"].split(), guard.acr)
    if not (is_fresh and is_strong):
        raise StepUpRequired(max_age=guard.max_age, acr=guard.acr)
