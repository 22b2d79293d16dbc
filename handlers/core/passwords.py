"""Passwords: which are taken, and how they are hashed.

Source: NIST SP 800-63B-4 §3.1.1, OWASP ASVS 5.0 §6.2, OWASP Password Storage Cheat Sheet, RFC 9106.
"""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from handlers.errors import BadRequest, WeakPassword

MIN_LENGTH = 15  # code points, for a password that stands alone (NIST SP 800-63B-4 §3.1.1.2)
MAX_LENGTH = 256  # code points; at least 64 must be allowed, nothing is cut off
MIN_DISTINCT = 5

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "q1w2e3r4t5y6u7i8o9p0",
)


def normalise(password: str) -> str:
    """One form for all keyboards: NFKC. Raises `BadRequest` for control characters."""
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in password):
        raise BadRequest("The password has a character that cannot be typed.")
    return unicodedata.normalize("NFKC", password)


def check(password: str, address: str) -> None:
    """Raise `WeakPassword`, with the reason, unless the normalised password may be chosen."""
    if len(password) < MIN_LENGTH:
        raise WeakPassword(f"The password needs at least {MIN_LENGTH} characters.")
    if len(password) > MAX_LENGTH:
        raise WeakPassword(f"The password may have at most {MAX_LENGTH} characters.")
    lowered = password.lower()
    if len(set(lowered)) < MIN_DISTINCT or _is_repeated(lowered) or _is_run(lowered):
        raise WeakPassword("The password is a pattern that is guessed early.")
    if _is_context(lowered, address):
        raise WeakPassword("The password is mostly your address.")


def hash_password(password: str) -> str:
    """An Argon2id PHC string: 19 MiB, t=2, p=1 (OWASP)."""
    return _HASHER.hash(password)


def matches(phc: str, password: str) -> bool:
    """Whether the normalised password is the hashed one; takes as long either way."""
    try:
        return _HASHER.verify(phc, password)
    except VerifyMismatchError:
        return False
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(phc: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(phc)


def _is_repeated(password: str) -> bool:
    """`abcabcabcabcabc`: a string is a repetition if it stands inside itself doubled."""
    return password in (password + password)[1:-1]


def _is_run(password: str) -> bool:
    endless = [run * 10 for run in _RUNS] + [run[::-1] * 10 for run in _RUNS]
    return any(password in run for run in endless)


def _is_context(password: str, address: str) -> bool:
    """What is left without the caller's own address and our name must still be a password."""
    rest = password
    for word in (address, *address.split("@"), "sallyport"):
        if len(word) >= 4:
            rest = rest.replace(word, "")
    return len(rest) < 8 and rest != password
