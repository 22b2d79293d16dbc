"""handlers.core.tokens.verifier, by the rules of RFC 7515, 7519 and 8725."""

from dataclasses import replace
from typing import Any

import pytest

from handlers.core.tokens import verifier
from handlers.core.tokens.verifier import MAX_TOKEN_BYTES, Reason, Refused
from tests.support.tokens import (
    KEYS,
    KID,
    NOW,
    OTHER_PRIVATE,
    POLICY,
    PRIVATE,
    claims,
    dumps,
    encode,
    sign_raw,
    token,
)

HEADER = {"alg": "RS256", "kid": KID, "typ": "at+jwt"}


def reason(candidate: str, now: float = NOW) -> Reason | None:
    try:
        verifier.verify(candidate, KEYS, POLICY, now)
    except Refused as refusal:
        return refusal.reason
    return None


def test_a_good_token_gives_its_claims() -> None:
    assert verifier.verify(token(), KEYS, POLICY, NOW) == claims()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"alg": "none"}, Reason.ALGORITHM),
        ({"alg": "HS256"}, Reason.ALGORITHM),
        ({"alg": "RS512"}, Reason.ALGORITHM),
        ({"alg": "PS256"}, Reason.ALGORITHM),
        ({"alg": "rs256"}, Reason.ALGORITHM),
        ({"alg": None}, Reason.ALGORITHM),
        ({"alg": ["RS256"]}, Reason.ALGORITHM),
        ({"crit": ["exp"]}, Reason.ALGORITHM),
        ({"crit": []}, Reason.ALGORITHM),
        ({"b64": False}, Reason.ALGORITHM),
        ({"zip": "DEF"}, Reason.ALGORITHM),
        ({"enc": "A128GCM"}, Reason.ALGORITHM),
        ({"cty": "JWT"}, Reason.ALGORITHM),
        ({"typ": "JWE"}, Reason.ALGORITHM),
        ({"typ": None}, Reason.ALGORITHM),
        ({"kid": None}, Reason.UNKNOWN_KEY),
        ({"kid": 7}, Reason.UNKNOWN_KEY),
        ({"kid": "another"}, Reason.UNKNOWN_KEY),
        ({"kid": "../../etc/passwd"}, Reason.UNKNOWN_KEY),
    ],
)
def test_headers_that_are_refused_whatever_the_signature(header: dict[str, Any], expected: Reason) -> None:
    assert reason(sign_raw(dumps({**HEADER, **header}), dumps(claims()))) is expected


@pytest.mark.parametrize("type_", ["at+jwt", "application/at+jwt", "JWT", None])
def test_issuers_that_follow_rfc_9068_name_the_type_and_others_need_not(type_: str | None) -> None:
    named = {"typ": type_} if type_ else {}
    signed = sign_raw(dumps({"alg": "RS256", "kid": KID, **named}), dumps(claims()))

    assert reason(signed) is (None if type_ and "at+jwt" in type_ else Reason.TOKEN_USE)
    assert verifier.verify(signed, KEYS, replace(POLICY, is_typed=False), NOW)["sub"]


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c"])
def test_keys_that_a_token_brings_along_are_ignored(name: str) -> None:
    forged = token(key=OTHER_PRIVATE, header={name: "https://evil.example.com/keys"})

    assert reason(forged) is Reason.SIGNATURE
    assert reason(token(header={name: "https://evil.example.com/keys"})) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"iss": "https://auth.example.com/"}, Reason.ISSUER),
        ({"iss": "https://auth.example.co"}, Reason.ISSUER),
        ({"iss": ["https://auth.example.com"]}, Reason.ISSUER),
        ({"iss": None}, Reason.ISSUER),
        ({"aud": "sallyport-prod"}, Reason.AUDIENCE),
        ({"aud": ["sallyport-prod", 1, "sallyport-dev"]}, Reason.AUDIENCE),
        ({"aud": None}, Reason.AUDIENCE),
        ({"token_use": "id"}, Reason.TOKEN_USE),
        ({"token_use": None}, Reason.TOKEN_USE),
        ({"sub": None}, Reason.CLAIMS),
        ({"sub": 7}, Reason.CLAIMS),
        ({"sub": ""}, Reason.CLAIMS),
        ({"exp": None}, Reason.CLAIMS),
        ({"exp": NOW}, Reason.EXPIRED),
        ({"exp": NOW - 1}, Reason.EXPIRED),
        ({"exp": -1}, Reason.EXPIRED),
        ({"exp": str(NOW + 900)}, Reason.CLAIMS),
        ({"exp": NOW + 900.5}, Reason.CLAIMS),
        ({"exp": True}, Reason.CLAIMS),
        ({"nbf": NOW + 6}, Reason.NOT_YET_VALID),
        ({"nbf": "now"}, Reason.CLAIMS),
        ({"iat": NOW + 6}, Reason.NOT_YET_VALID),
        ({"iat": [NOW]}, Reason.CLAIMS),
    ],
)
def test_claims_that_are_refused(changes: dict[str, Any], expected: Reason) -> None:
    good = {**claims(), **changes}

    assert reason(sign_raw(dumps(HEADER), dumps({k: v for k, v in good.items() if v is not None}))) is expected


def test_the_issuers_clock_may_run_ahead_by_the_skew() -> None:
    assert reason(token(iat=NOW + POLICY.skew_seconds, nbf=NOW + POLICY.skew_seconds)) is None


def test_null_times_are_refused() -> None:
    assert reason(sign_raw(dumps(HEADER), dumps({**claims(), "nbf": None}))) is Reason.CLAIMS


def test_a_token_of_another_key_is_refused() -> None:
    assert reason(token(key=OTHER_PRIVATE)) is Reason.SIGNATURE


def test_a_signature_by_hmac_with_the_public_key_is_refused() -> None:
    """RFC 8725 §2.1: the public key is no secret."""
    forged = f"{encode(dumps({**HEADER, 'alg': 'HS256'}))}.{encode(dumps(claims()))}.{encode(b'x' * 32)}"

    assert reason(forged) is Reason.ALGORITHM


@pytest.mark.parametrize(
    "candidate",
    [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "a.b",
        "not a token",
        f" {token()}",
        f"{token()} ",
        f"{token()}.",
        f"{token()}=",
        token().replace(".", "..", 1),
        token().replace("e", "é", 1),
        f"{token()}\n",
        "é" * 100,
        "A" * (MAX_TOKEN_BYTES + 1),
        "A" * 100_000,
    ],
)
def test_what_is_not_a_token_is_malformed(candidate: str) -> None:
    assert reason(candidate) is Reason.MALFORMED


@pytest.mark.parametrize(("size", "expected"), [(MAX_TOKEN_BYTES, None), (MAX_TOKEN_BYTES + 1, Reason.MALFORMED)])
def test_a_good_token_has_8192_bytes_at_most(size: int, expected: Reason | None) -> None:
    """The work for a token is bounded before any of it is decoded."""
    assert reason(_token_of(size)) is expected


def _token_of(size: int) -> str:
    """Return a good token of this many bytes; four characters hold three bytes, so the header takes up the rest."""
    for more in range(8):
        header = dumps({**HEADER, "x": "x" * more})
        for padding in range(size * 3 // 4 - 800, size * 3 // 4):
            if len(f"{encode(header)}.") + 1 + 342 + (len(dumps(claims(padding="p" * padding))) * 4 + 2) // 3 == size:
                return sign_raw(header, dumps(claims(padding="p" * padding)))
    raise AssertionError(size)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"\xff\xfe",
        dumps(claims())[:-1] + b',"exp":9999999999}',
        dumps(claims()).replace(b"1800000900", b"NaN"),
        dumps(claims()).replace(b"1800000900", b"Infinity"),
        b"[" * 6000,
        dumps(claims()).decode().encode("utf-16"),
    ],
)
def test_payloads_that_two_readers_could_read_differently_are_malformed(payload: bytes) -> None:
    if len(payload) < 4000:
        assert reason(sign_raw(dumps(HEADER), payload)) is Reason.MALFORMED
    else:
        assert reason(sign_raw(dumps(HEADER), payload)) in (Reason.MALFORMED, Reason.CLAIMS)


def test_a_header_with_a_name_twice_is_malformed() -> None:
    header = b'{"alg":"none","alg":"RS256","kid":"' + KID.encode() + b'"}'

    assert reason(sign_raw(header, dumps(claims()))) is Reason.MALFORMED


def test_there_is_one_spelling_of_a_token() -> None:
    """The unused bits of the last letter must be zero, or one token would have many names in a cache of tokens."""
    good = token()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    accepted = [letter for letter in alphabet if reason(good[:-1] + letter) is None]

    assert accepted == [good[-1]]


def test_every_letter_of_a_token_counts() -> None:
    good = token(key=PRIVATE)

    changed = [good[:i] + ("A" if good[i] != "A" else "B") + good[i + 1 :] for i in range(len(good))]

    assert [candidate for candidate in changed if reason(candidate) is None] == []
