"""Refreshing: one conditional write trades a refresh token for the next. A token is good once; reuse ends its family.

Whoever presents the token that was traded last, within the grace, gets what it was traded for: an answer may have got
lost, and two tabs of a browser may ask at the same moment. For that the successor is kept, encrypted under a key that
only the traded token gives, of which the table holds a hash.

Source: RFC 9700 §4.14, OWASP ASVS 5.0 §10.4.
"""

import base64
import hmac
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from handlers.core import sessions, signin
from handlers.core.factors import MFA
from handlers.core.sessions import FAMILY_BYTES, SECRET_BYTES, Random, Rotated, Session
from handlers.errors import Contended, InvalidGrant

GRACE_SECONDS = 10
MAX_ROUNDS = 5
NONCE_BYTES = 12
SUCCESSOR_KEY = b"sallyport refresh token successor\x01"
"""The `info` of HKDF-Expand and its counter, for one block (RFC 5869 §2.3); a token's secret is a uniform key."""


@dataclass(frozen=True)
class Presented:
    """A refresh token taken apart."""

    user_id: str
    session_id: str
    family: bytes
    secret: bytes


@dataclass(frozen=True)
class Reused:
    """A spent token of this family came back: somebody else may hold the live one, so the family ends."""


def refresh(
    door: signin.Door, token: str, now: int, random: Random, *, needs_second_factor: bool = False
) -> signin.SignedIn:
    """New tokens of the same session. Raises `InvalidGrant`; a spent token ends the session first.

    Whoever loses a race reads again and is judged by what the winner left. Sessions from before the user added
    a second factor, or the stack asked for one, go no further.
    """
    presented = parse(token)
    for _ in range(MAX_ROUNDS):
        live = door.directory.live_session(presented.user_id, presented.session_id)
        if live is None:
            raise InvalidGrant
        profile, session = live
        if (needs_second_factor or profile.has_second_factor) and MFA not in session.amr:
            raise InvalidGrant
        outcome = rotate(session, presented, now, random)
        if isinstance(outcome, Reused):
            door.directory.end_session(session.user_id, session.id)
            raise InvalidGrant
        tokens = signin.issue(door, outcome, now, random)  # first: after the write, only the answer can get lost
        is_traded_already = outcome.session == session
        if is_traded_already or door.directory.replace_session(session, outcome.session):
            return tokens
    raise Contended


def parse(token: str) -> Presented:
    """Take a refresh token apart. Raises `InvalidGrant`."""
    try:
        user_id, session_id, secrets = token.split(".")
        raw = base64.b64decode(secrets, altchars=b"-_", validate=True)
    except ValueError:
        raise InvalidGrant from None
    if len(raw) != FAMILY_BYTES + SECRET_BYTES:
        raise InvalidGrant
    return Presented(user_id, session_id, raw[:FAMILY_BYTES], raw[FAMILY_BYTES:])


def rotate(session: Session, presented: Presented, now: int, random: Random) -> Rotated | Reused:
    """Trade a token for the next one: the session as it is to be stored if it is still as it was read.

    Within the grace, the session as it is, with the token that the presented one was traded for. Raises `InvalidGrant`
    for what never was of this family, or is too old.
    """
    if now >= session.expires_at or not hmac.compare_digest(sessions.digest(presented.family), session.family_hash):
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


def _encrypt(secret: bytes, presented: Presented, random: Random) -> bytes:
    """The nonce, and what AES-256-GCM makes of the secret; bound to its session."""
    nonce = random(NONCE_BYTES)
    return nonce + AESGCM(_key(presented)).encrypt(nonce, secret, presented.session_id.encode())


def _decrypt(successor: bytes | None, presented: Presented) -> bytes:
    """Raises `InvalidGrant` if there is none: the session was rotated before successors were kept."""
    sealed = successor or b""
    try:
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        return AESGCM(_key(presented)).decrypt(nonce, rest, presented.session_id.encode())
    except (InvalidTag, ValueError):
        raise InvalidGrant from None


def _key(presented: Presented) -> bytes:
    return hmac.digest(presented.secret, SUCCESSOR_KEY, "sha256")
