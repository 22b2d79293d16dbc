"""The issuer's signing keys: the next is published before it signs, the last ones until their tokens have expired.

A keyset is the JSON value of one secret:
`{"current": {kid, pem}, "next": {kid, pem}, "retired": [{kid, jwk}]}`. Until when a retired key is shown stands with
what is published, in Unix seconds.
"""

import base64
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from handlers.core.published import Published
from handlers.core.tokens import ACCESS_SECONDS

BITS = 2048
SIGNER_MAX_AGE_SECONDS = 3600  # how long a function may sign with the keyset it once fetched
RETIREMENT_SECONDS = SIGNER_MAX_AGE_SECONDS + ACCESS_SECONDS + 300

Keyset = dict[str, Any]
Random = Callable[[int], bytes]


def create(random: Random) -> Keyset:
    """A first keyset."""
    return {"current": _new_key(random), "next": _new_key(random), "retired": []}


def rotate(keyset: Keyset, published: Published, now: int, random: Random) -> Keyset:
    """The keyset after a rotation: next signs, a new one waits, current retires."""
    current = keyset["current"]
    until = _until(published)
    still_needed = [key for key in keyset["retired"] if (until.get(key["kid"]) or now + 1) > now]
    retired = {"kid": current["kid"], "jwk": _jwk(current)}
    return {"current": keyset["next"], "next": _new_key(random), "retired": [*still_needed, retired]}


def publish(keyset: Keyset, before: Published, until: int | None = None) -> Published:
    """What the world may know of the keyset. A key's end, once it is published, stays what it is.

    `until` is when keys end that have just retired: None until the keyset signs, for a rotation that stops half-way
    must not take the key away that still signs.
    """
    ends = _until(before)
    signing = [{"jwk": _jwk(keyset[name]), "until": None} for name in ("current", "next")]
    retired = [{"jwk": key["jwk"], "until": ends.get(key["kid"]) or until} for key in keyset["retired"]]
    return {"keys": signing + retired}


def without_retired(keyset: Keyset) -> Keyset:
    """The keyset after an emergency: tokens of retired keys are refused."""
    return {**keyset, "retired": []}


def _until(published: Published) -> dict[str, int | None]:
    return {key["jwk"]["kid"]: key["until"] for key in published["keys"]}


def signing_key(keyset: Keyset) -> tuple[str, RSAPrivateKey]:
    """The key id and the key that sign now."""
    current = keyset["current"]
    return current["kid"], _load(current)


def _new_key(random: Random) -> dict[str, str]:
    pem = generate_private_key(65537, BITS).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {"kid": random(16).hex(), "pem": pem.decode()}


def _load(key: dict[str, str]) -> RSAPrivateKey:
    private = load_pem_private_key(key["pem"].encode(), password=None)
    if not isinstance(private, RSAPrivateKey):
        raise TypeError("the keyset holds a key that is not RSA")
    return private


def _jwk(key: dict[str, str]) -> dict[str, str]:
    public: RSAPublicKey = _load(key).public_key()
    numbers = public.public_numbers()
    return {
        "kty": "RSA",
        "kid": key["kid"],
        "use": "sig",
        "alg": "RS256",
        "n": _base64url(numbers.n),
        "e": _base64url(numbers.e),
    }


def _base64url(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
