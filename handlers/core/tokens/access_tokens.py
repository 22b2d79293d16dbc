"""Access tokens: their claims, and their issue. PyJWT signs; `verifier` verifies."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from handlers.core.mfa import assurance
from handlers.core.sessions.sessions import Session

ACCESS_SECONDS = 15 * 60
CLIENT_ID = "first-party"
"""The claim `client_id` of RFC 9068 §2.2. Clients of this API are not registered: all are the stage's own."""

Random = Callable[[int], bytes]


@dataclass(frozen=True)
class Issuer:
    """The issuer (`iss`, a URL), its API (`aud`), and the scopes of its sessions (`scope`)."""

    issuer: str
    audience: str
    scope: str


@dataclass(frozen=True)
class AccessToken:
    """A signed access token. `expires_in` in seconds."""

    token: str
    expires_in: int


def claims(session: Session, issuer: Issuer, now: int, random: Random) -> dict[str, Any]:
    """Return the claims of an access token of this session. Source: RFC 9068 §2.2; RFC 8176 for `amr`."""
    return {
        "iss": issuer.issuer,
        "aud": issuer.audience,
        "sub": session.user_id,
        "sid": session.id,
        "scope": session.scope or issuer.scope,
        "client_id": CLIENT_ID,
        "amr": list(session.amr),
        "acr": assurance.level(session.amr),
        "auth_time": session.authenticated_at,
        "token_use": "access",
        "jti": random(16).hex(),
        "iat": now,
        "exp": min(now + ACCESS_SECONDS, session.expires_at),
    }
