"""Sessions: one sign-in on one device each, with a family of refresh tokens.

Source: OWASP ASVS 5.0 §7.2.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

LIFETIME_SECONDS = 30 * 24 * 3600  # from sign-in; never extended
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
    created_at: int
    expires_at: int
    amr: tuple[str, ...]
    authenticated_at: int
    """The time of the last authentication: sign-in or step-up."""
    epoch: int = 0
    """The user's epoch when the session was started; the session is alive while the user's epoch is the same."""
    scope: str | None = None
    """The scopes of the session, if they are fewer than those of the issuer."""


@dataclass(frozen=True)
class Rotated:
    """A session, and its valid refresh token."""

    session: Session
    refresh_token: str


def start(user_id: str, amr: tuple[str, ...], now: int, random: Random, epoch: int = 0) -> Rotated:
    """Return a new session and its first refresh token."""
    return _start(user_id, amr, now, random, epoch, LIFETIME_SECONDS, None)


def start_to_enrol(user_id: str, amr: tuple[str, ...], scope: str, now: int, random: Random, epoch: int = 0) -> Session:
    """Return a session in which a second factor can be added; its refresh token is handed to nobody."""
    return _start(user_id, amr, now, random, epoch, ENROL_SECONDS, scope).session


def step_up(session: Session, amr: tuple[str, ...], now: int) -> Session:
    """Return the session after a new authentication by these methods; its lifetime stays the same."""
    return replace(session, amr=amr, authenticated_at=now)


def _start(
    user_id: str,
    amr: tuple[str, ...],
    now: int,
    random: Random,
    epoch: int,
    lifetime_seconds: int,
    scope: str | None,
) -> Rotated:
    family, secret = random(FAMILY_BYTES), random(SECRET_BYTES)
    session = Session(
        user_id=user_id,
        id=random(16).hex(),
        family_hash=digest(family),
        refresh_hash=digest(secret),
        previous_hash=None,
        successor=None,
        rotated_at=now,
        created_at=now,
        expires_at=now + lifetime_seconds,
        amr=amr,
        authenticated_at=now,
        epoch=epoch,
        scope=scope,
    )
    return Rotated(session, token(session, family, secret))


def token(session: Session, family: bytes, secret: bytes) -> str:
    """Return a refresh token of the session, for its client."""
    return f"{session.user_id}.{session.id}.{base64.urlsafe_b64encode(family + secret).decode()}"


def digest(secret: bytes) -> bytes:
    """Return the SHA-256 that is stored of a secret of 128 bits or more."""
    return hashlib.sha256(secret).digest()
