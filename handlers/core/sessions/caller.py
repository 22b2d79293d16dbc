"""The caller of a route that needs a session."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """The user and the session of an access token, and the methods of its sign-in (RFC 8176)."""

    user_id: str
    session_id: str
    amr: frozenset[str]
