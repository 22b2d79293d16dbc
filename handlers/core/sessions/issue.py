"""The tokens of a session. They are not valid until the session is stored."""

from dataclasses import dataclass

from handlers.core.accounts.users import Profile
from handlers.core.services import Services
from handlers.core.sessions.sessions import Rotated, Session
from handlers.core.tokens import access_tokens
from handlers.core.tokens.access_tokens import AccessToken


@dataclass(frozen=True)
class SignedIn:
    """The two tokens of a session. The refresh token is good for `refresh_expires_in` seconds at most."""

    access: AccessToken
    refresh_token: str
    refresh_expires_in: int


def issue(services: Services, rotated: Rotated, profile: Profile, now: int) -> SignedIn:
    """Return the access token and the refresh token of a session."""
    access = issue_access_token(services, rotated.session, profile, now)
    return SignedIn(access, rotated.refresh_token, rotated.session.expires_at - now)


def issue_access_token(services: Services, session: Session, profile: Profile, now: int) -> AccessToken:
    """Return an access token of a session of this user."""
    claims = access_tokens.claims(session, profile, services.issuer, now, services.random)
    return AccessToken(services.signer.sign(claims), claims["exp"] - now)
