"""Whoever the gate has let through, as the rules of one's own account know them."""

from handlers.core.enrolling import Holder
from handlers.http import Request


def holder(request: Request) -> Holder:
    """The user, their session and how they signed in."""
    caller = request.caller
    return Holder(caller["sub"], caller["sid"], frozenset(caller["amr"].split()))
