"""Access tokens: their claims, and their issue. `jws` signs; `verifier` verifies."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from contract.roles import Roles
from handlers.core.accounts.roles import scopes_of
from handlers.core.accounts.users import Details, Profile
from handlers.core.mfa import assurance
from handlers.core.sessions.sessions import Session

ACCESS_SECONDS = 15 * 60
CLIENT_ID = "first-party"
"""The claim `client_id` of RFC 9068 §2.2. Clients of this API are not registered: all are the stage's own."""

Random = Callable[[int], bytes]


@dataclass(frozen=True)
class Issuer:
    """The issuer (`iss`, a URL), its API (`aud`), the scopes of roles, and the details that become claims."""

    issuer: str
    audience: str
    roles: Roles
    profile_claims: tuple[str, ...] = ()
    """Names of `Details`, and of single attributes: `attributes.plan`."""


@dataclass(frozen=True)
class AccessToken:
    """A signed access token. `expires_in` in seconds."""

    token: str
    expires_in: int


def scope_of(session: Session, profile: Profile, roles: Roles) -> frozenset[str]:
    """Return the scopes of a session: those of its user's roles, unless it is limited to fewer."""
    return frozenset(session.scope.split()) if session.scope else scopes_of(roles, profile.roles)


def claims(session: Session, profile: Profile, issuer: Issuer, now: int, random: Random) -> dict[str, Any]:
    """Return the claims of an access token of this session. Source: RFC 9068 §2.2; RFC 8176 for `amr`."""
    return {
        **profile_claims(profile.details, issuer.profile_claims),
        "iss": issuer.issuer,
        "aud": issuer.audience,
        "sub": session.user_id,
        "sid": session.id,
        "scope": " ".join(sorted(scope_of(session, profile, issuer.roles))),
        "client_id": CLIENT_ID,
        "amr": list(session.amr),
        "acr": assurance.level(session.amr),
        "auth_time": session.authenticated_at,
        "token_use": "access",
        "jti": random(16).hex(),
        "iat": now,
        "exp": min(now + ACCESS_SECONDS, session.expires_at),
    }


def profile_claims(details: Details, names: Iterable[str]) -> dict[str, Any]:
    """Return the details of these names that the user has; attributes are members of the claim `attributes`."""
    known = {"name": details.name, "locale": details.locale, "picture": details.picture}
    named = [name.partition(".")[::2] for name in names]
    attributes = {key: details.attributes[key] for _, key in named if key and key in details.attributes}
    found = {name: known[name] for name, key in named if not key and known[name] is not None}
    return {**found, **({"attributes": attributes} if attributes else {})}
