"""handlers.core.accounts.password_hashes: hashes that other libraries have made, and hashes of too high a cost."""

import base64
import hashlib

import bcrypt
import pytest
from argon2 import PasswordHasher

from handlers.core.accounts import password_hashes, passwords

PASSWORD = "violet otters paddle past nine"


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def pbkdf2(digest: str) -> str:
    derived = hashlib.pbkdf2_hmac(digest, PASSWORD.encode(), b"salt", 1000)
    return f"$pbkdf2-{digest}$i=1000${b64(b'salt')}${b64(derived)}"


SCRYPT = hashlib.scrypt(PASSWORD.encode(), salt=b"saltsalt", n=2**10, r=8, p=2, dklen=32)
BCRYPT = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
HASHES = {
    "bcrypt": BCRYPT,
    "bcrypt of PHP": BCRYPT.replace("$2b$", "$2y$"),
    "scrypt": f"$scrypt$ln=10,r=8,p=2${b64(b'saltsalt')}${b64(SCRYPT)}",
    "pbkdf2-sha256": pbkdf2("sha256"),
    "pbkdf2-sha512": pbkdf2("sha512"),
    "argon2id": PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD),
}
# The sample of Google's own implementation: password `user1password`.
FIREBASE = (
    "$firebase-scrypt$ln=14,r=8,"
    "k=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA,s=Bw"
    "$42xEC+ixf3L2lw$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ"
)


@pytest.mark.parametrize("name", HASHES)
def test_the_right_password_matches_and_no_other(name: str) -> None:
    phc = HASHES[name]

    assert password_hashes.is_supported(phc)
    assert passwords.matches(phc, PASSWORD)
    assert not passwords.matches(phc, f"{PASSWORD}!" if "bcrypt" not in name else "another one")


def test_firebases_own_sample_matches() -> None:
    assert password_hashes.is_supported(FIREBASE)
    assert passwords.matches(FIREBASE, "user1password")
    assert not passwords.matches(FIREBASE, "user2password")


@pytest.mark.parametrize("name", [name for name in HASHES if name != "argon2id"])
def test_every_foreign_hash_is_replaced_at_the_next_sign_in(name: str) -> None:
    assert passwords.is_outdated(HASHES[name])


@pytest.mark.parametrize(
    "phc",
    [
        "",
        "$md5$abc",
        "$2b$15$" + "a" * 53,
        "$2b$04$short",
        "$scrypt$ln=18,r=8,p=1$c2FsdA$aGFzaA",
        "$scrypt$ln=17,r=99,p=1$c2FsdA$aGFzaA",
        "$pbkdf2-sha256$i=9999999$c2FsdA$aGFzaA",
        "$pbkdf2-sha1$i=1000$c2FsdA$aGFzaA",
        "$pbkdf2-sha256$i=0$c2FsdA$aGFzaA",
        "$argon2id$v=19$m=999999,t=2,p=1$c2FsdHNhbHQ$aGFzaA",
        "$argon2id$v=19$m=1024,t=99,p=1$c2FsdHNhbHQ$aGFzaA",
        "$argon2i$v=19$m=1024,t=2,p=1$c2FsdHNhbHQ$aGFzaA",
        HASHES["scrypt"] + "\n",
    ],
)
def test_other_algorithms_and_costs_beyond_the_bounds_are_not_supported(phc: str) -> None:
    assert not password_hashes.is_supported(phc)
    assert not password_hashes.matches(phc, PASSWORD)


def test_base64_that_is_none_matches_nothing() -> None:
    assert not password_hashes.matches("$pbkdf2-sha256$i=1000$A$aGFzaA", PASSWORD)
