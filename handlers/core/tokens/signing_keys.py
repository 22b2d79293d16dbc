"""The issuer's signing keys: the next is published before it signs, retired ones until their tokens have expired.

They are the JSON value of one secret: `{"current": {kid, pem}, "next": {kid, pem}, "retired": [{kid, jwk}]}`. The end
of a retired key is stored with the published keys, in Unix seconds.
"""

import base64
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from handlers.core.tokens.access_tokens import ACCESS_SECONDS
from handlers.core.tokens.published_keys import PublishedKeys

BITS = 2048
SIGNER_MAX_AGE_SECONDS = 3600  # how long a function signs with the keys that it has fetched
RETIREMENT_SECONDS = SIGNER_MAX_AGE_SECONDS + ACCESS_SECONDS + 300

_PROBE = b"sallyport signing key"

SigningKeys = dict[str, Any]
Random = Callable[[int], bytes]


def create(random: Random) -> SigningKeys:
    """Return the first signing keys."""
    return {"current": _new_key(random), "next": _new_key(random), "retired": []}


def rotate(keys: SigningKeys, published: PublishedKeys, now: int, random: Random) -> SigningKeys:
    """Return the keys after a rotation: next becomes current, current retires, a new key becomes next."""
    current = keys["current"]
    until = _until(published)
    still_needed = [key for key in keys["retired"] if (until.get(key["kid"]) or now + 1) > now]
    retired = {"kid": current["kid"], "jwk": _jwk(current)}
    return {"current": keys["next"], "next": _new_key(random), "retired": [*still_needed, retired]}


def publish(keys: SigningKeys, before: PublishedKeys, until: int | None = None) -> PublishedKeys:
    """Return the public keys to publish. The end of a key does not change once it is published.

    `until` is the end of keys that have just retired: None until the new keys sign, because a rotation that stops
    half-way must not remove the key that still signs.
    """
    ends = _until(before)
    signing = [{"jwk": _jwk(keys[name]), "until": None} for name in ("current", "next")]
    retired = [{"jwk": key["jwk"], "until": ends.get(key["kid"]) or until} for key in keys["retired"]]
    return {"keys": signing + retired}


def without_retired(keys: SigningKeys) -> SigningKeys:
    """Return the keys after an emergency: tokens of retired keys are refused."""
    return {**keys, "retired": []}


def _until(published: PublishedKeys) -> dict[str, int | None]:
    return {key["jwk"]["kid"]: key["until"] for key in published["keys"]}


def signing_key(keys: SigningKeys) -> tuple[str, RSAPrivateKey]:
    """Return the key id and the current private key. Raises for a key that does not sign.

    OpenSSL's check of a key tests its primes anew, for 47 ms of every cold start. The keys are our own, and rotation
    has checked them; that the key signs what its public key verifies is shown by one signature.
    """
    current = keys["current"]
    private = _load(current, is_checked=False)
    signature = private.sign(_PROBE, PKCS1v15(), SHA256())
    private.public_key().verify(signature, _PROBE, PKCS1v15(), SHA256())
    return current["kid"], private


def _new_key(random: Random) -> dict[str, str]:
    pem = generate_private_key(65537, BITS).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {"kid": random(16).hex(), "pem": pem.decode()}


def _load(key: dict[str, str], *, is_checked: bool = True) -> RSAPrivateKey:
    private = load_pem_private_key(key["pem"].encode(), password=None, unsafe_skip_rsa_key_validation=not is_checked)
    if not isinstance(private, RSAPrivateKey):
        raise TypeError("the secret holds a key that is not RSA")
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
