"""Passwords: the rules for accepting them, and their hashing.

Source: NIST SP 800-63B-4 §3.1.1.2; OWASP ASVS 5.0 §6.2; OWASP Password Storage Cheat Sheet, for the parameters of
Argon2id (RFC 9106).
"""

import unicodedata
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from contract.limits import PASSWORD_LENGTH
from handlers.core.accounts import password_hashes
from handlers.core.ports import Breaches
from handlers.errors import BadRequest, WeakPassword

MAX_LENGTH = 256  # code points; at least 64 must be allowed, nothing is cut off
COMMON = Path(__file__).with_name("common_passwords.txt")
MIN_SCORE = 4  # of zxcvbn's 0 to 4: more than 10^10 guesses
JUDGED_LENGTH = 24  # code points that are judged: zxcvbn takes 0.2 s for these at worst, 2 s for three times as many

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def normalise(password: str) -> str:
    """Return the password in NFC (NIST SP 800-63B-4 §3.1.1.2). Raises `BadRequest` for control characters."""
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in password):
        raise BadRequest("The password has a character that cannot be typed.")
    return unicodedata.normalize("NFC", password)


def check_length(password: str) -> None:
    """Raise `WeakPassword` unless the normalised password has a length that may be chosen."""
    if len(password) < PASSWORD_LENGTH:
        raise WeakPassword(f"The password needs at least {PASSWORD_LENGTH} characters.")
    if len(password) > MAX_LENGTH:
        raise WeakPassword(f"The password may have at most {MAX_LENGTH} characters.")


def check(password: str, address: str, breaches: Breaches | None) -> None:
    """Raise `WeakPassword`, with the reason, unless the normalised password may be chosen."""
    check_length(password)
    if _is_common(password):
        raise WeakPassword("The password is one that many people choose.")
    if _is_guessable(password, address):
        raise WeakPassword("The password is a pattern that is guessed early, or mostly your address.")
    if breaches is not None and breaches.contain(password):
        raise WeakPassword("The password is known from a breach elsewhere.")


def hash_password(password: str) -> str:
    """Return an Argon2id PHC string: 19 MiB, t=2, p=1 (OWASP)."""
    return _HASHER.hash(password)


def matches(phc: str, password: str) -> bool:
    """Return whether the normalised password is the hashed one; takes equally long either way.

    Hashes of other systems come with imports, and take as long as those systems wanted.
    """
    if not phc.startswith("$argon2"):
        return password_hashes.matches(phc, password)
    try:
        return _HASHER.verify(phc, password)
    except VerifyMismatchError:
        return False
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(phc: str) -> bool:
    """Return whether the hash was made by another algorithm, or with other parameters than today's."""
    return not phc.startswith("$argon2") or _HASHER.check_needs_rehash(phc)


def prepare() -> None:
    """Load the word lists by which new passwords are judged, before there is a request."""
    import zxcvbn  # noqa: F401 for later

    _common()


def _is_common(password: str) -> bool:
    lowered = password.lower()
    return not _common().isdisjoint((lowered, "".join(char for char in lowered if char.isalnum())))


@cache
def _common() -> frozenset[str]:
    lines = COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("# "))


def _is_guessable(password: str, address: str) -> bool:
    """Return whether zxcvbn can guess it: common words, keyboard walks, sequences, repetitions, dates, own words.

    Source: Wheeler, "zxcvbn: Low-Budget Password Strength Estimation", USENIX Security 2016.
    """
    from zxcvbn import zxcvbn  # its word lists are loaded only when a password is chosen

    local, _, domain = address.partition("@")
    plain = "".join(char for char in local if char.isalnum())
    own = [word for word in (address, local, plain, domain, *domain.split("."), "sallyport") if word]
    score: int = zxcvbn(password[:JUDGED_LENGTH], user_inputs=own)["score"]
    return score < MIN_SCORE
