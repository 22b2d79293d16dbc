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
    """One sign-in on one device. Times are Unix seconds; hashes are SHA-256."""

    user_id: str
    id: str
    family_hash: bytes
    refresh_hash: bytes
    previous_hash: bytes | None
    """Of the refresh token that was traded last."""
    successor: bytes | None
    """What it was traded for: the secret of the live token, encrypted under a key that the traded one gives."""
    rotated_at: int
    created_at: int
    expires_at: int
    amr: tuple[str, ...]
    authenticated_at: int
    """When its holder last showed who they are: at sign-in, or stepping up."""
    epoch: int = 0
    """Of the user's profile, when it was started: it is alive while that is still so."""
    scope: str | None = None
    """What it may do, if that is less than what the issuer gives."""


@dataclass(frozen=True)
class Rotated:
    """A session, and its live refresh token."""

    session: Session
    refresh_token: str


def start(user_id: str, amr: tuple[str, ...], now: int, random: Random, epoch: int = 0) -> Rotated:
    """A new session and its first refresh token."""
    return _start(user_id, amr, now, random, epoch, LIFETIME_SECONDS, None)


def start_to_enrol(user_id: str, amr: tuple[str, ...], scope: str, now: int, random: Random, epoch: int = 0) -> Session:
    """A session in which a second factor can be added; its refresh token is nobody's."""
    return _start(user_id, amr, now, random, epoch, ENROL_SECONDS, scope).session


def step_up(session: Session, amr: tuple[str, ...], now: int) -> Session:
    """The session of somebody who has just shown again who they are, and how; it lives no longer for that."""
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
    """A refresh token of the session, as its holder sees it."""
    return f"{session.user_id}.{session.id}.{base64.urlsafe_b64encode(family + secret).decode()}"


def digest(secret: bytes) -> bytes:
    """What is stored of a secret of 128 bits or more: SHA-256."""
    return hashlib.sha256(secret).digest()
