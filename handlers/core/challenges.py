"""Challenges: a code that was mailed, and what its right answer brings about.

The challenge id is a secret of the caller's (256 bits). The directory knows only its hash, and the code only
under it, so the table alone gives nothing to guess at. Source: NIST SP 800-63B-4 §3.1.3.2, OWASP ASVS 5.0 §6.6.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

LIFETIME_SECONDS = 600
MAX_TRIES = 5
MAX_SIGN_UPS_PER_DAY = 20  # of one address; with the tries, one guess in 10,000 is right in a day
DAY_SECONDS = 86400
CODE_DIGITS = 6

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


@dataclass(frozen=True)
class Opened:
    """A new challenge: the id goes to the caller, the code to the mailbox, the rest into the directory."""

    id: str
    code: str
    stored: SignUpChallenge


def open_sign_up(email: str, user_id: str, password: bytes, now: int, random: Random) -> Opened:
    """A challenge whose right answer creates the user."""
    challenge_id = base64.urlsafe_b64encode(random(32)).rstrip(b"=").decode()
    code = _code(random)
    stored = SignUpChallenge(
        id_hash=hash_id(challenge_id),
        code_hash=_hash_code(challenge_id, code),
        email=email,
        user_id=user_id,
        password=password,
        expires_at=now + LIFETIME_SECONDS,
    )
    return Opened(challenge_id, code, stored)


def hash_id(challenge_id: str) -> str:
    """The name under which the directory keeps the challenge."""
    return hashlib.sha256(challenge_id.encode()).hexdigest()


def is_answer(challenge: SignUpChallenge, challenge_id: str, code: str) -> bool:
    """Whether this is the mailed code; in constant time."""
    return hmac.compare_digest(challenge.code_hash, _hash_code(challenge_id, code))


def _hash_code(challenge_id: str, code: str) -> bytes:
    return hmac.digest(challenge_id.encode(), code.encode(), "sha256")


def _code(random: Random) -> str:
    """Six even digits: 2^64 is so far above 10^6 that the bias is below 10^-13."""
    return str(int.from_bytes(random(8)) % 10**CODE_DIGITS).zfill(CODE_DIGITS)
