"""Sessions: one sign-in on one device each, with a family of refresh tokens.

Source: OWASP ASVS 5.0 §7.2.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from contract.acr import MFA
from contract.limits import SessionLifetimes
from handlers.core.limits.counters import DAY_SECONDS
from handlers.core.limits.places import Place

ENROL_SECONDS = 600
FAMILY_BYTES, SECRET_BYTES = 16, 32

Random = Callable[[int], bytes]


@dataclass(frozen=True, kw_only=True)
class Session:
    """A session: one sign-in on one device. Times are Unix seconds; hashes are SHA-256."""

    user_id: str
    id: str
    family_hash: bytes
    refresh_hash: bytes
    previous_hash: bytes | None
    """The hash of the refresh token that was exchanged last."""
    successor: bytes | None
    """The secret of the valid refresh token, encrypted under a key that the exchanged one gives."""
    rotated_at: int
    """The time of the last refresh, or of the sign-in."""
    created_at: int
    expires_at: int
    idle_seconds: int
    """The session ends when it is not refreshed for so long."""
    amr: tuple[str, ...]
    authenticated_at: int
    """The time of the last authentication: sign-in or step-up."""
    epoch: int = 0
    """The user's epoch when the session was started; the session is alive while the user's epoch is the same."""
    scope: str | None = None
    """The scopes of the session, if they are not those of its user's roles."""
    device: str = ""
    """A short description of the browser or program, such as `Firefox on Linux`."""
    network: str = ""
    """The coarse network of the sign-in."""

    def is_over(self, now: float) -> bool:
        """Return whether the session has reached its end, or was idle for too long."""
        return now >= self.expires_at or now >= self.rotated_at + self.idle_seconds


@dataclass(frozen=True)
class Rotated:
    """A session, and its valid refresh token."""

    session: Session
    refresh_token: str


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """A sign-in that a session is started for. `now` in Unix seconds."""

    user_id: str
    amr: tuple[str, ...]
    epoch: int
    place: Place
    now: int


def start(sign_in: SignIn, lifetimes: SessionLifetimes, random: Random) -> Rotated:
    """Return a new session and its first refresh token."""
    is_strong = MFA in sign_in.amr
    days = lifetimes.days_with_mfa if is_strong else lifetimes.days
    idle_days = lifetimes.idle_days_with_mfa if is_strong else lifetimes.idle_days
    return _start(sign_in, days * DAY_SECONDS, idle_days * DAY_SECONDS, None, random)


def start_to_enrol(sign_in: SignIn, scope: str, random: Random) -> Session:
    """Return a session in which a second factor can be added; its refresh token is handed to nobody."""
    return _start(sign_in, ENROL_SECONDS, ENROL_SECONDS, scope, random).session


def step_up(session: Session, amr: tuple[str, ...], now: int) -> Session:
    """Return the session after a new authentication by these methods; its lifetime stays the same."""
    return replace(session, amr=amr, authenticated_at=now)


def _start(sign_in: SignIn, lifetime_seconds: int, idle_seconds: int, scope: str | None, random: Random) -> Rotated:
    family, secret, now = random(FAMILY_BYTES), random(SECRET_BYTES), sign_in.now
    session = Session(
        user_id=sign_in.user_id,
        id=random(16).hex(),
        family_hash=digest(family),
        refresh_hash=digest(secret),
        previous_hash=None,
        successor=None,
        rotated_at=now,
        created_at=now,
        expires_at=now + lifetime_seconds,
        idle_seconds=idle_seconds,
        amr=sign_in.amr,
        authenticated_at=now,
        epoch=sign_in.epoch,
        scope=scope,
        device=sign_in.place.device_name,
        network=sign_in.place.coarse,
    )
    return Rotated(session, token(session, family, secret))


def token(session: Session, family: bytes, secret: bytes) -> str:
    """Return a refresh token of the session, for its client."""
    return f"{session.user_id}.{session.id}.{base64.urlsafe_b64encode(family + secret).decode()}"


def digest(secret: bytes) -> bytes:
    """Return the SHA-256 that is stored of a secret of 128 bits or more."""
    return hashlib.sha256(secret).digest()
