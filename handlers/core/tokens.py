"""Access tokens: what is in them. Signing is PyJWT's; checking is `verifier`'s."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from handlers.core import assurance
from handlers.core.sessions import Session

ACCESS_SECONDS = 15 * 60
CLIENT_ID = "first-party"
"""RFC 9068 §2.2 asks for the client. Those of the API are not registered: all are the stage's own."""

Random = Callable[[int], bytes]


@dataclass(frozen=True)
class Issuer:
    """Who signs (`iss`, a URL), for which API (`aud`), and what its tokens may do (`scope`)."""

    issuer: str
    audience: str
    scope: str


def claims(session: Session, issuer: Issuer, now: int, random: Random) -> dict[str, Any]:
    """The claims of an access token of this session. Source: RFC 9068 §2.2, RFC 8176 for `amr`."""
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
