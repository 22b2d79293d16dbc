"""Sessions and their refresh tokens: single use, one family per session, reuse ends it.

Source: RFC 9700 §4.14, OWASP ASVS 5.0 §7.2 and §10.4.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace

from handlers.errors import InvalidGrant

LIFETIME_SECONDS = 30 * 24 * 3600  # from sign-in; never extended
ENROL_SECONDS = 600
GRACE_SECONDS = 10  # in which the immediately previous token, whose answer may have got lost, still works
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
class Presented:
    """A refresh token taken apart: where its session is, and the hashes to compare."""

    user_id: str
    session_id: str
    family_hash: bytes
    secret_hash: bytes


@dataclass(frozen=True)
class Rotated:
    """The session with its next refresh token; to be stored only if the session is still as it was read."""

    session: Session
    refresh_token: str


@dataclass(frozen=True)
class Reused:
    """A spent token of this family came back: somebody else may hold the live one, so the family ends."""


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
        family_hash=_hash(family),
        refresh_hash=_hash(secret),
        previous_hash=None,
        rotated_at=now,
        created_at=now,
        expires_at=now + lifetime_seconds,
        amr=amr,
        authenticated_at=now,
        epoch=epoch,
        scope=scope,
    )
    return Rotated(session, _token(session, family, secret))


def parse(token: str) -> Presented:
    """Take a refresh token apart. Raises `InvalidGrant`."""
    try:
        user_id, session_id, secrets = token.split(".")
        raw = base64.b64decode(secrets, altchars=b"-_", validate=True)
    except ValueError:
        raise InvalidGrant from None
    if len(raw) != FAMILY_BYTES + SECRET_BYTES:
        raise InvalidGrant
    return Presented(user_id, session_id, _hash(raw[:FAMILY_BYTES]), _hash(raw[FAMILY_BYTES:]))


def rotate(session: Session, token: str, now: int, random: Random) -> Rotated | Reused:
    """Trade `token` for the next one. Raises `InvalidGrant` for what never was of this family, or is too old.

    Within the grace the previous token replaces the successor that its holder may never have received, so that
    at any time exactly one token of the family is live; the grace is counted from the first rotation.
    """
    presented = parse(token)
    if now >= session.expires_at or not hmac.compare_digest(presented.family_hash, session.family_hash):
        raise InvalidGrant
    if hmac.compare_digest(presented.secret_hash, session.refresh_hash):
        rotated_at = now
    elif _is_in_grace(session, presented, now):
        rotated_at = session.rotated_at
    else:
        return Reused()
    secret = random(SECRET_BYTES)
    successor = replace(session, refresh_hash=_hash(secret), previous_hash=presented.secret_hash, rotated_at=rotated_at)
    family = base64.urlsafe_b64decode(token.rsplit(".", 1)[1])[:FAMILY_BYTES]
    return Rotated(successor, _token(successor, family, secret))


def _is_in_grace(session: Session, presented: Presented, now: int) -> bool:
    return (
        session.previous_hash is not None
        and hmac.compare_digest(presented.secret_hash, session.previous_hash)
        and now - session.rotated_at < GRACE_SECONDS
    )


def _token(session: Session, family: bytes, secret: bytes) -> str:
    return f"{session.user_id}.{session.id}.{base64.urlsafe_b64encode(family + secret).decode()}"


def _hash(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()
