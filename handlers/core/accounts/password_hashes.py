"""Password hashes of other systems, verified until the next sign-in replaces them by ours.

| PHC string | from |
|---|---|
| `$argon2id$v=19$m=...,t=...,p=...$salt$hash` | ours, and others' |
| `$2a$`, `$2b$`, `$2y$` | bcrypt: Auth0, Rails, PHP |
| `$scrypt$ln=...,r=...,p=...$salt$hash` | scrypt (RFC 7914) |
| `$pbkdf2-sha256$i=...$salt$hash`, `$pbkdf2-sha512$...` | PBKDF2 (RFC 8018), such as Django's |
| `$firebase-scrypt$ln=...,r=...,k=signer key,s=separator$salt$hash` | Firebase's scrypt, which encrypts a key |

Salt, hash and keys are base64 without padding. Costs have upper bounds, so that no hash keeps a function busy for long.
Source: PHC string format; passlib's documentation; firebase/scrypt.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping

B64 = "[A-Za-z0-9+/]+"
FORMATS: Mapping[str, "re.Pattern[str]"] = {
    "argon2id": re.compile(rf"\$argon2id\$v=19\$m=(\d{{1,6}}),t=(\d{{1,2}}),p=(\d)\$({B64})\$({B64})"),
    "bcrypt": re.compile(r"\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}"),
    "scrypt": re.compile(rf"\$scrypt\$ln=(\d|1[0-7]),r=(\d{{1,2}}),p=(\d)\$({B64})\$({B64})"),
    "pbkdf2": re.compile(rf"\$pbkdf2-(sha256|sha512)\$i=(\d{{1,7}})\$({B64})\$({B64})"),
    "firebase": re.compile(rf"\$firebase-scrypt\$ln=(\d|1[0-7]),r=(\d{{1,2}}),k=({B64}),s=({B64})\$({B64})\$({B64})"),
}
MOST_ARGON2_KIB = 256 * 1024
MOST_MEMORY = 256 * 1024 * 1024
MOST_ITERATIONS = 2_000_000


def is_supported(phc: str) -> bool:
    """Return whether `matches` can verify the hash, at a cost within the bounds."""
    name, found = _format(phc)
    if found is None:
        return False
    if name == "argon2id":
        return 8 <= int(found[1]) <= MOST_ARGON2_KIB and 1 <= int(found[2]) <= 10
    if name == "pbkdf2":
        return 1 <= int(found[2]) <= MOST_ITERATIONS
    if name in ("scrypt", "firebase"):
        return 128 * 2 ** int(found[1]) * int(found[2]) <= MOST_MEMORY and int(found[2]) > 0
    return True


def matches(phc: str, password: str) -> bool:
    """Return whether the normalised password is the hashed one, of any system but ours."""
    name, found = _format(phc)
    judge = JUDGES.get(name)
    if judge is None or found is None or not is_supported(phc):
        return False
    try:
        return judge(found, password.encode())
    except (ValueError, binascii.Error):
        return False


def _format(phc: str) -> tuple[str, "re.Match[str] | None"]:
    for name, pattern in FORMATS.items():
        if found := pattern.fullmatch(phc):
            return name, found
    return "", None


def _bcrypt(found: "re.Match[str]", password: bytes) -> bool:
    import bcrypt  # only for users who were imported

    return bcrypt.checkpw(password[:72], found[0].encode())  # bcrypt itself reads no more


def _scrypt(found: "re.Match[str]", password: bytes) -> bool:
    expected = _bytes(found[5])
    derived = _derive(password, _bytes(found[4]), int(found[1]), int(found[2]), int(found[3]), len(expected))
    return hmac.compare_digest(derived, expected)


def _pbkdf2(found: "re.Match[str]", password: bytes) -> bool:
    expected = _bytes(found[4])
    derived = hashlib.pbkdf2_hmac(found[1], password, _bytes(found[3]), int(found[2]), len(expected))
    return hmac.compare_digest(derived, expected)


def _firebase(found: "re.Match[str]", password: bytes) -> bool:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key = _derive(password, _bytes(found[5]) + _bytes(found[4]), int(found[1]), int(found[2]), 1, 32)
    encryptor = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
    return hmac.compare_digest(encryptor.update(_bytes(found[3])) + encryptor.finalize(), _bytes(found[6]))


def _derive(password: bytes, salt: bytes, log_n: int, r: int, p: int, size: int) -> bytes:
    return hashlib.scrypt(password, salt=salt, n=2**log_n, r=r, p=max(p, 1), maxmem=2 * MOST_MEMORY, dklen=size)


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


JUDGES: Mapping[str, Callable[["re.Match[str]", bytes], bool]] = {
    "bcrypt": _bcrypt,
    "scrypt": _scrypt,
    "pbkdf2": _pbkdf2,
    "firebase": _firebase,
}
