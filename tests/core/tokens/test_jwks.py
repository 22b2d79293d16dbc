"""handlers.core.tokens.jwks"""

import math
import secrets
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import RSAAlgorithm

from handlers.core.tokens import jwks
from handlers.core.tokens.jwks import BadKeySet, KeyCache, KeysUnavailable
from tests.support.tokens import OTHER_PRIVATE, PRIVATE, encode


def jwk(kid: Any = "a", key: Any = PRIVATE, **changes: Any) -> dict[str, Any]:
    good = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    good = {name: value for name, value in good.items() if name in ("kty", "n", "e")}
    return {**good, "kid": kid, "use": "sig", "alg": "RS256", **changes}


def roca_modulus(bits: int = 2048) -> int:
    """Return the product of two primes k * M + 65537^a mod M, as the faulty library made them."""
    product = math.prod(prime for prime in range(2, 702) if all(prime % other for other in range(2, prime)))

    def prime() -> int:
        while True:
            factor = secrets.randbits(bits // 2 - product.bit_length()) | 1 << (bits // 2 - product.bit_length() - 1)
            candidate = factor * product + pow(65537, secrets.randbelow(product), product)
            if candidate.bit_length() == bits // 2 and all(pow(base, candidate - 1, candidate) == 1 for base in (2, 3)):
                return candidate

    while (modulus := prime() * prime()).bit_length() != bits:
        pass
    return modulus


def encoded(number: int) -> str:
    return encode(number.to_bytes((number.bit_length() + 7) // 8))


def test_keys_of_the_library_that_made_them_guessable_are_refused() -> None:
    """CVE-2017-15361."""
    with pytest.raises(BadKeySet, match="can be factored"):
        jwks.load({"keys": [jwk(n=encoded(roca_modulus()))]})


@pytest.mark.parametrize(("bits", "is_taken"), [(2047, False), (2048, True), (4096, True), (4097, False)])
def test_moduli_have_2048_to_4096_bits(bits: int, is_taken: bool) -> None:
    """More bits cost the authorizer more time for each token than it has."""
    document = {"keys": [jwk(n=encoded(secrets.randbits(bits) | 1 << (bits - 1) | 1))]}

    if is_taken:
        assert jwks.load(document)["a"].key_size == bits
    else:
        with pytest.raises(BadKeySet, match="size"):
            jwks.load(document)


def test_a_set_has_twenty_keys_at_most() -> None:
    assert len(jwks.load({"keys": [jwk(str(number)) for number in range(20)]})) == 20

    with pytest.raises(BadKeySet):
        jwks.load({"keys": [jwk(str(number)) for number in range(21)]})


def test_keys_are_found_by_their_id() -> None:
    keys = jwks.load({"keys": [jwk("a"), jwk("b", OTHER_PRIVATE)]})

    assert keys["b"].public_numbers() == OTHER_PRIVATE.public_key().public_numbers()


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"keys": []},
        {"keys": {}},
        {"keys": [jwk() for _ in range(21)]},
        {"keys": [jwk("a"), jwk("a", OTHER_PRIVATE)]},
        {"keys": [jwk("a"), "b"]},
        {"keys": [jwk(kid=None)]},
        {"keys": [jwk(kty="EC")]},
        {"keys": [jwk(kty="oct", k="c2VjcmV0")]},
        {"keys": [jwk(alg="RS512")]},
        {"keys": [jwk(alg="HS256")]},
        {"keys": [jwk(use="enc")]},
        {"keys": [jwk(key_ops=["sign"])]},
        {"keys": [jwk(d="AQAB")]},
        {"keys": [jwk(n="AQAB")]},
        {"keys": [jwk(n="!")]},
        {"keys": [jwk(n=7)]},
        {"keys": [jwk(e="")]},
        {"keys": [jwk(key=rsa.generate_private_key(65537, 1024))]},
        {"keys": [jwk("a"), jwk("b", d="AQAB")]},
        {"keys": [jwk("a"), jwk("b", d="AQAB", use="enc")]},
        {"keys": [jwk("a"), {"kty": "EC", "kid": "b", "crv": "P-256", "x": "AQ", "y": "AQ", "d": "AQ"}]},
        {"keys": [jwk("a"), {"kty": "oct", "kid": "b"}]},
        {"keys": [jwk("a"), {"kty": "oct", "kid": "b", "alg": "HS256", "k": "c2VjcmV0"}]},
        {"keys": [jwk("a"), {"kid": "b"}]},
    ],
)
def test_sets_that_are_refused_whole(document: Any) -> None:
    with pytest.raises(BadKeySet):
        jwks.load(document)


def test_an_elliptic_key_is_no_rsa_key() -> None:
    numbers = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()

    with pytest.raises(BadKeySet):
        jwks.load({"keys": [{"kty": "EC", "kid": "a", "crv": "P-256", "x": str(numbers.x), "y": str(numbers.y)}]})


@pytest.mark.parametrize(
    "other",
    [
        jwk("b", use="enc", alg="RSA-OAEP"),
        jwk("b", alg="RS512"),
        jwk("b", alg="PS256"),
        {"kty": "EC", "kid": "b", "crv": "P-256", "x": "AQ", "y": "AQ"},
        {"kty": "OKP", "kid": "b", "crv": "Ed25519", "x": "AQ"},
    ],
)
def test_public_keys_for_another_purpose_are_passed_over(other: dict[str, Any]) -> None:
    """Keycloak, Auth0 and others publish them beside those that sign."""
    assert set(jwks.load({"keys": [other, jwk("a")]})) == {"a"}


class Source:
    """An issuer whose keys can change, and who can be out of reach."""

    def __init__(self) -> None:
        self.document: Any = {"keys": [jwk("a")]}
        self.calls = 0

    def __call__(self) -> Any:
        self.calls += 1
        if isinstance(self.document, Exception):
            raise self.document
        return self.document


def test_keys_are_fetched_once_while_they_are_young() -> None:
    source = Source()
    cache = KeyCache(source)

    for second in range(300):
        assert set(cache.get(second)) == {"a"}

    assert source.calls == 1


def test_old_keys_are_fetched_anew() -> None:
    source = Source()
    cache = KeyCache(source)
    cache.get(0)
    source.document = {"keys": [jwk("b")]}

    assert set(cache.get(300)) == {"b"}


@pytest.mark.parametrize("failure", [OSError("gone"), {"keys": "nonsense"}])
def test_a_failed_fetch_keeps_the_keys_but_not_for_ever(failure: Any) -> None:
    source = Source()
    cache = KeyCache(source)
    cache.get(0)
    source.document = failure

    assert set(cache.get(3599)) == {"a"}
    with pytest.raises(KeysUnavailable):
        cache.get(3600)


def test_without_keys_nothing_is_verified() -> None:
    source = Source()
    source.document = OSError("gone")

    with pytest.raises(KeysUnavailable):
        KeyCache(source).get(0)


def test_without_keys_every_caller_tries_to_get_them() -> None:
    source = Source()
    source.document, good = OSError("gone"), source.document
    cache = KeyCache(source)
    with pytest.raises(KeysUnavailable):
        cache.get(0)
    source.document = good

    assert set(cache.get(0.1)) == {"a"}


def test_a_new_key_is_found_at_once() -> None:
    source = Source()
    cache = KeyCache(source)
    cache.get(0)
    source.document = {"keys": [jwk("a"), jwk("b")]}

    assert set(cache.get_for_unknown(10)) == {"a", "b"}


def test_an_issuer_that_never_answered_is_not_asked_by_every_caller() -> None:
    source = Source()
    source.document = OSError("gone")
    cache = KeyCache(source, first_interval_seconds=1)

    for tenth in range(20):
        with pytest.raises(KeysUnavailable):
            cache.get(tenth / 10)

    assert source.calls == 2


def test_tokens_with_made_up_keys_cause_few_fetches() -> None:
    source = Source()
    cache = KeyCache(source)

    for tenth in range(1000):
        cache.get_for_unknown(tenth / 10)

    assert source.calls == 10


def test_an_outage_is_not_hammered() -> None:
    source = Source()
    cache = KeyCache(source)
    cache.get(0)
    source.document = OSError("gone")

    for tenth in range(1000):
        cache.get(400 + tenth / 10)

    assert source.calls == 11
