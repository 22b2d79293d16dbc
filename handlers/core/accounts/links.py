"""Mailed links: each takes something back, without a sign-in. Its token is a secret of 256 bits.

The token follows from the pepper and from what the link is about, so that a mail that could not be sent can be sent
later; the directory has only its hash.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

LIFETIME_SECONDS = 7 * 86400


class LinkPurpose(StrEnum):
    """The effect of a link."""

    ADDRESS = "address"
    """Take back a change of the address."""
    SESSION = "session"
    """End a session."""


@dataclass(frozen=True)
class Link:
    """A mailed link. `about` is the old address, or the id of the session; times are Unix seconds."""

    user_id: str
    hash: str
    purpose: LinkPurpose
    about: str
    created_at: int
    expires_at: int


def make(pepper: bytes, user_id: str, purpose: LinkPurpose, about: str, created_at: int) -> tuple[str, Link]:
    """Return the token and the link. `about` may be read by everybody who has the link's record."""
    text = "\0".join(("link", user_id, purpose, about, str(created_at)))
    secret = base64.urlsafe_b64encode(hmac.digest(pepper, text.encode(), "sha256")).decode().rstrip("=")
    link = Link(user_id, _hash(secret), purpose, about, created_at, created_at + LIFETIME_SECONDS)
    return f"{user_id}.{secret}", link


def read(token: str) -> tuple[str, str]:
    """Return the user id and the hash of a token."""
    user_id, _, secret = token.partition(".")
    return user_id, _hash(secret)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
