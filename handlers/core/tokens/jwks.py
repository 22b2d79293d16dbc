"""Public keys of an issuer: read strictly from a JWK set, cached for a limited time. Source: RFC 7517, 7518 §6.3."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

MAX_KEYS = 20
MIN_BITS, MAX_BITS = 2048, 4096
_PUBLIC_TYPES = ("RSA", "EC", "OKP")
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")

Keys = Mapping[str, RSAPublicKey]

_SMALL_PRIMES = (
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
    113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
)  # fmt: skip
_POWERS = {prime: frozenset(pow(65537, exponent, prime) for exponent in range(prime)) for prime in _SMALL_PRIMES}


class BadKeySet(Exception):
    """A document that is not a set of RSA verification keys; none of its keys is used."""


class KeysUnavailable(Exception):
    """A lack of keys: none yet, or not renewed for too long; no token can be verified."""


def load(document: Any) -> Keys:
    """Return key id → key. One bad key makes the set bad; keys for another purpose are skipped. Raises `BadKeySet`."""
    jwks = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(jwks, list) or not 1 <= len(jwks) <= MAX_KEYS:
        raise BadKeySet("keys")
    ours = [jwk for jwk in jwks if not _is_for_something_else(jwk)]
    keys = dict(_load_one(jwk) for jwk in ours)
    if not keys or len(keys) != len(ours):
        raise BadKeySet("no key, or a kid twice")
    return keys


def _is_for_something_else(jwk: Any) -> bool:
    """Return whether the key has another algorithm, or is for encryption. A key with a secret part is never skipped."""
    if not isinstance(jwk, dict) or jwk.get("kty") not in _PUBLIC_TYPES or any(name in jwk for name in _PRIVATE):
        return False
    return (jwk["kty"], jwk.get("alg", "RS256"), jwk.get("use", "sig")) != ("RSA", "RS256", "sig")


def _load_one(jwk: Any) -> tuple[str, RSAPublicKey]:
    if not isinstance(jwk, dict) or not isinstance(jwk.get("kid"), str):
        raise BadKeySet("kid")
    if jwk.get("kty") != "RSA":
        raise BadKeySet("kty")
    if "verify" not in jwk.get("key_ops", ["verify"]) or any(name in jwk for name in _PRIVATE):
        raise BadKeySet("key_ops, or a private part")
    try:
        key = RSAPublicNumbers(_number(jwk.get("e")), _number(jwk.get("n"))).public_key()
    except ValueError:
        raise BadKeySet("numbers") from None
    if not MIN_BITS <= key.key_size <= MAX_BITS:
        raise BadKeySet("size")
    if _is_roca(key.public_numbers().n):
        raise BadKeySet("a modulus that can be factored")
    return jwk["kid"], key


def _is_roca(modulus: int) -> bool:
    """Return whether the modulus is a power of 65537 modulo every small prime, as those of one faulty library are.

    Source: Nemec et al., "The Return of Coppersmith's Attack", CCS 2017 (CVE-2017-15361).
    """
    return all(modulus % prime in powers for prime, powers in _POWERS.items())


def _number(text: Any) -> int:
    if not isinstance(text, str):
        raise BadKeySet("numbers")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadKeySet("numbers") from None
    return int.from_bytes(raw)


class KeyCache:
    """The keys of one issuer, renewed when old or when a token names an unknown key, at a limited rate.

    All times in seconds, on the clock that the caller passes in.
    """

    def __init__(
        self,
        fetch: Callable[[], Any],
        *,
        max_age_seconds: int = 300,
        max_stale_seconds: int = 3600,
        min_interval_seconds: int = 10,
        first_interval_seconds: int = 0,
    ) -> None:
        self._fetch = fetch
        self._max_age = max_age_seconds
        self._max_stale = max_stale_seconds
        self._min_interval = min_interval_seconds
        self._first_interval = first_interval_seconds  # between tries while there are no keys at all
        self._keys: Keys = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")

    def get(self, now: float) -> Keys:
        """Return the keys, renewed if they are old. Raises `KeysUnavailable`."""
        if now - self._fetched_at >= self._max_age:
            self._renew(now)
        if now - self._fetched_at >= self._max_stale:
            raise KeysUnavailable
        return self._keys

    def get_for_unknown(self, now: float) -> Keys:
        """Return the keys, fetched anew unless that was tried a moment ago."""
        self._renew(now)
        return self.get(now)

    def _renew(self, now: float) -> None:
        if now - self._tried_at < (self._min_interval if self._keys else self._first_interval):
            return
        self._tried_at = now
        try:
            self._keys = load(self._fetch())
        except Exception:  # noqa: BLE001 whatever went wrong, the old keys stay until they are too old
            return
        self._fetched_at = now
