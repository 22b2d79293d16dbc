"""Challenges: what somebody has to answer, and what the right answer brings about.

The challenge id is a secret of the caller's (256 bits). The directory knows only its hash, and the code only
under it, so the table alone gives nothing to guess at.

Lifetime, single use, length and tries are what NIST SP 800-63B-4 §3.1.3.2 and OWASP ASVS 5.0 §6.6.2 and §6.6.3 ask of
codes on other channels; neither takes mail for one (ADR 12).
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LIFETIME_SECONDS = 600
MAX_TRIES = 5
MAX_POLLS = 200  # questions after a push: one every three seconds
CODE_DIGITS = 8  # of every mailed code; what bounds guesses at them stands in docs/threat-model.md

Random = Callable[[int], bytes]


@dataclass(frozen=True, kw_only=True)
class SignUpChallenge:
    """Somebody who says they own `email` wants to become `user_id`. `expires_at` in Unix seconds."""

    id_hash: str
    code_hash: bytes
    email: str
    user_id: str
    password: bytes
    """The password's hash, encrypted for `user_id` already."""
    expires_at: int
    tries: int = 0
    """The one under way included."""


class Purpose(StrEnum):
    """What passing all gates brings about; a challenge serves one purpose and no other."""

    SIGN_IN = "signin"
    STEP_UP = "stepup"
    RESET = "reset"


@dataclass(frozen=True, kw_only=True)
class GateChallenge:
    """Somebody on their way through the gates. `expires_at` in Unix seconds."""

    id_hash: str
    purpose: Purpose
    user_id: str
    """Whose account it is about; nobody's, if the address is unknown or no address was named."""
    epoch: int = 0
    """Of that user's profile, when it was opened."""
    passed: tuple[str, ...] = ()
    """The methods (RFC 8176) by which the first gate was passed; none while it is still shut."""
    session_id: str | None = None
    """Which session steps up."""
    started: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Factor id → what its right proof is bound to."""
    expires_at: int


@dataclass(frozen=True)
class Opened:
    """A new challenge: the id goes to the caller, the code to the mailbox, the rest into the directory."""

    id: str
    code: str
    stored: SignUpChallenge


def open_sign_up(email: str, user_id: str, password: bytes, now: int, random: Random) -> Opened:
    """A challenge whose right answer creates the user."""
    challenge_id = new_id(random)
    code = new_code(random)
    stored = SignUpChallenge(
        id_hash=hash_id(challenge_id),
        code_hash=hash_code(challenge_id, code),
        email=email,
        user_id=user_id,
        password=password,
        expires_at=now + LIFETIME_SECONDS,
    )
    return Opened(challenge_id, code, stored)


def new_id(random: Random) -> str:
    """A secret of 256 bits, for the caller alone."""
    return base64.urlsafe_b64encode(random(32)).rstrip(b"=").decode()


def hash_id(challenge_id: str) -> str:
    """The name under which the directory keeps the challenge."""
    return hashlib.sha256(challenge_id.encode()).hexdigest()


def is_answer(challenge: SignUpChallenge, challenge_id: str, code: str) -> bool:
    """Whether this is the mailed code; in constant time."""
    return hmac.compare_digest(challenge.code_hash, hash_code(challenge_id, code))


def hash_code(challenge_id: str, code: str) -> bytes:
    """The code, as the directory may know it."""
    return hmac.digest(challenge_id.encode(), code.encode(), "sha256")


def new_code(random: Random) -> str:
    """Even digits: 2^64 is so far above 10^8 that the bias is below 10^-11."""
    return str(int.from_bytes(random(8)) % 10**CODE_DIGITS).zfill(CODE_DIGITS)
