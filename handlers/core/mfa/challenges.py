"""Challenges: open sign-ups, sign-ins, step-ups and resets, each with the values that bind its next right answer.

The challenge id is a secret of the caller (256 bits). The directory has only its hash, and codes only as hashes under
the id, so that the table alone gives nothing to guess at.

Lifetime, single use, length and tries follow NIST SP 800-63B-4 §3.1.3.2 and OWASP ASVS 5.0 §6.6.2 and §6.6.3 for
codes on other channels; neither accepts mail as such a channel (ADR 12).
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LIFETIME_SECONDS = 600
MAX_TRIES = 5
MAX_POLLS = 200  # questions about a push: one every three seconds
CODE_DIGITS = 8  # of every mailed code; docs/threat-model.md has the limits of guesses

NOBODY = "nobody"
"""The user id of a challenge while no user is named, or the address has no account."""

Random = Callable[[int], bytes]


@dataclass(frozen=True, kw_only=True)
class SignUpChallenge:
    """An open sign-up: the code mailed to `email` creates the user `user_id`. `expires_at` in Unix seconds."""

    id_hash: str
    code_hash: bytes
    email: str
    user_id: str
    password: bytes
    """The encrypted hash of the password."""
    expires_at: int
    tries: int = 0
    """The number of tries, the current one included."""


class Purpose(StrEnum):
    """The effect of the last right answer; a challenge has one purpose and no other."""

    SIGN_IN = "signin"
    STEP_UP = "stepup"
    RESET = "reset"
    ADDRESS = "address"


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """An open sign-in, step-up or reset. `expires_at` in Unix seconds."""

    id_hash: str
    purpose: Purpose
    user_id: str
    """The owner of the account; `NOBODY` if the address is unknown or no address was given."""
    epoch: int = 0
    """The epoch of that user when the challenge was opened."""
    amr: tuple[str, ...] = ()
    """The methods (RFC 8176) of the first factor; empty until it is verified."""
    session_id: str | None = None
    """The session that steps up."""
    started: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Factor id → the value that its right proof is bound to."""
    expires_at: int


@dataclass(frozen=True)
class OpenedSignUp:
    """A new sign-up: the id for the caller, the code for the mailbox, the challenge for the directory."""

    id: str
    code: str
    challenge: SignUpChallenge


def open_sign_up(email: str, user_id: str, password: bytes, now: int, random: Random) -> OpenedSignUp:
    """Return a challenge whose right answer creates the user."""
    challenge_id = new_id(random)
    code = new_code(random)
    challenge = SignUpChallenge(
        id_hash=hash_id(challenge_id),
        code_hash=hash_code(challenge_id, code),
        email=email,
        user_id=user_id,
        password=password,
        expires_at=now + LIFETIME_SECONDS,
    )
    return OpenedSignUp(challenge_id, code, challenge)


def new_id(random: Random) -> str:
    """Return a new challenge id: 256 bits, base64url, for the caller alone."""
    return base64.urlsafe_b64encode(random(32)).rstrip(b"=").decode()


def hash_id(challenge_id: str) -> str:
    """Return the name of the challenge in the directory: SHA-256, hexadecimal."""
    return hashlib.sha256(challenge_id.encode()).hexdigest()


def is_answer(challenge: SignUpChallenge, challenge_id: str, code: str) -> bool:
    """Return whether this is the mailed code, in constant time."""
    return hmac.compare_digest(challenge.code_hash, hash_code(challenge_id, code))


def hash_code(challenge_id: str, code: str) -> bytes:
    """Return the HMAC of the code under the challenge id."""
    return hmac.digest(challenge_id.encode(), code.encode(), "sha256")


def new_code(random: Random) -> str:
    """Return `CODE_DIGITS` digits. 2^64 is so far above 10^8 that the bias is below 10^-11."""
    return str(int.from_bytes(random(8)) % 10**CODE_DIGITS).zfill(CODE_DIGITS)
