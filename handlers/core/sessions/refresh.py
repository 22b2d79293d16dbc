"""Refresh: one conditional write exchanges a refresh token for the next. A token is valid once; reuse ends its family.

Within the grace, the token that was exchanged last gets the same successor again: a response may be lost, and two tabs
of a browser may ask at the same moment. The successor is stored encrypted under a key that only the exchanged token
gives; the table holds a hash of that token.

Source: RFC 9700 §4.14, OWASP ASVS 5.0 §10.4.
"""

import base64
import hmac
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contract.acr import MFA
from contract.events import RefreshTokenReused, SessionEnded
from handlers.core.services import Services
from handlers.core.sessions import sessions
from handlers.core.sessions.issue import SignedIn, issue
from handlers.core.sessions.sessions import FAMILY_BYTES, SECRET_BYTES, Random, Rotated, Session
from handlers.errors import Contended, InvalidGrant

GRACE_SECONDS = 10
MAX_ROUNDS = 5
NONCE_BYTES = 12
SUCCESSOR_KEY = b"sallyport refresh token successor\x01"
"""The `info` of HKDF-Expand and its counter, for one block (RFC 5869 §2.3); a token's secret is a uniform key."""


@dataclass(frozen=True)
class ParsedRefreshToken:
    """The parts of a refresh token."""

    user_id: str
    session_id: str
    family: bytes
    secret: bytes


@dataclass(frozen=True)
class Reused:
    """A spent token of this family: somebody else may have the valid one, so the family ends."""


def refresh(services: Services, token: str) -> SignedIn:
    """Return new tokens of the same session. Raises `InvalidGrant`; a spent token ends the session first.

    A request that loses a race reads the session again, as the winner stored it. A session without a second factor
    ends when the user adds one, or the stack requires one.
    """
    now = services.now()
    presented = parse(token)
    for _ in range(MAX_ROUNDS):
        live = services.directory.live_session(presented.user_id, presented.session_id)
        if live is None:
            raise InvalidGrant
        profile, session = live
        if (services.requires_mfa or profile.has_second_factor) and MFA not in session.amr:
            raise InvalidGrant
        outcome = rotate(session, presented, now, services.random)
        if isinstance(outcome, Reused):
            services.directory.end_session(session.user_id, session.id)
            services.events.emit(RefreshTokenReused(session.id), session.user_id)
            services.events.emit(SessionEnded("token_reused", session.id), session.user_id)
            raise InvalidGrant
        tokens = issue(services, outcome, profile, now)  # before the write, after which only the response can be lost
        is_exchanged_already = outcome.session == session
        if is_exchanged_already or services.directory.replace_session(session, outcome.session):
            return tokens
    raise Contended


def parse(token: str) -> ParsedRefreshToken:
    """Parse a refresh token. Raises `InvalidGrant`."""
    try:
        user_id, session_id, secrets = token.split(".")
        raw = base64.b64decode(secrets, altchars=b"-_", validate=True)
    except ValueError:
        raise InvalidGrant from None
    if len(raw) != FAMILY_BYTES + SECRET_BYTES:
        raise InvalidGrant
    return ParsedRefreshToken(user_id, session_id, raw[:FAMILY_BYTES], raw[FAMILY_BYTES:])


def rotate(session: Session, presented: ParsedRefreshToken, now: int, random: Random) -> Rotated | Reused:
    """Exchange a token for the next one; return the session as it is to be stored if it is still as it was read.

    Within the grace, return the session as it is, with the successor of the presented token. Raises `InvalidGrant` for
    a token that never was of this family, or is too old.
    """
    if session.is_over(now) or not hmac.compare_digest(sessions.digest(presented.family), session.family_hash):
        raise InvalidGrant
    hash_ = sessions.digest(presented.secret)
    if hmac.compare_digest(hash_, session.refresh_hash):
        secret = random(SECRET_BYTES)
        session = replace(
            session,
            refresh_hash=sessions.digest(secret),
            previous_hash=hash_,
            successor=_encrypt(secret, presented, random),
            rotated_at=now,
        )
    elif _is_in_grace(session, hash_, now):
        secret = _decrypt(session.successor, presented)
    else:
        return Reused()
    return Rotated(session, sessions.token(session, presented.family, secret))


def _is_in_grace(session: Session, hash_: bytes, now: int) -> bool:
    return (
        session.previous_hash is not None
        and hmac.compare_digest(hash_, session.previous_hash)
        and now - session.rotated_at < GRACE_SECONDS
    )


def _encrypt(secret: bytes, presented: ParsedRefreshToken, random: Random) -> bytes:
    """Return the nonce and the secret encrypted by AES-256-GCM, bound to its session."""
    nonce = random(NONCE_BYTES)
    return nonce + AESGCM(_key(presented)).encrypt(nonce, secret, presented.session_id.encode())


def _decrypt(successor: bytes | None, presented: ParsedRefreshToken) -> bytes:
    """Return the secret. Raises `InvalidGrant` if there is none: sessions of old versions have no successor."""
    stored = successor or b""
    try:
        nonce, rest = stored[:NONCE_BYTES], stored[NONCE_BYTES:]
        return AESGCM(_key(presented)).decrypt(nonce, rest, presented.session_id.encode())
    except (InvalidTag, ValueError):
        raise InvalidGrant from None


def _key(presented: ParsedRefreshToken) -> bytes:
    return hmac.digest(presented.secret, SUCCESSOR_KEY, "sha256")
