"""Differential: over thousands of generated and mutated tokens, whatever ours accepts, PyJWT and joserfc accept."""

import json
import random
from collections import Counter
from typing import Any

import jwt
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt as joserfc_jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from handlers.core.tokens import verifier
from handlers.core.tokens.verifier import Refused
from tests.support.tokens import (
    AUDIENCE,
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

ROUNDS = 4000
CLAIMS = ["iss", "aud", "sub", "exp", "nbf", "iat"]
VALUES: list[Any] = [None, 0, NOW, NOW + 5, NOW + 6, NOW - 1, "x", [], {}, True, POLICY.issuer, 1.5, 2**70]
JOSERFC_KEY = RSAKey.import_key(PRIVATE.public_key())
JOSERFC_CLAIMS = joserfc_jwt.JWTClaimsRegistry(
    now=lambda: NOW,
    leeway=POLICY.skew_seconds,
    iss={"essential": True, "value": POLICY.issuer},
    aud={"essential": True, "value": AUDIENCE},
    exp={"essential": True},
    sub={"essential": True},
)


def ours(candidate: str) -> dict[str, Any] | None:
    try:
        return verifier.verify(candidate, KEYS, POLICY, NOW)
    except Refused:
        return None


def pyjwts(candidate: str) -> dict[str, Any] | None:
    """PyJWT reads the clock itself; times are judged by joserfc and by the rules' own tests."""
    options = {"require": ["exp", "sub", "iss", "aud"], "verify_exp": False, "verify_nbf": False, "verify_iat": False}
    try:
        return jwt.decode(
            candidate,
            KEYS[KID],
            algorithms=["RS256"],
            issuer=POLICY.issuer,
            audience=AUDIENCE,
            options=options,  # type: ignore[arg-type]
        )
    except jwt.PyJWTError:
        return None


def joserfcs(candidate: str) -> dict[str, Any] | None:
    try:
        decoded = joserfc_jwt.decode(candidate, JOSERFC_KEY, algorithms=["RS256"])
        JOSERFC_CLAIMS.validate(decoded.claims)
    except (JoseError, ValueError, TypeError):
        return None
    return dict(decoded.claims)


def judge(candidate: str) -> str:
    mine = ours(candidate)
    if mine is None:
        return "refused"
    assert pyjwts(candidate) == mine, candidate
    assert joserfcs(candidate) == mine, candidate
    return "accepted"


def test_what_ours_accepts_of_mutated_tokens_both_others_accept() -> None:
    chance = random.Random(20260101)

    verdicts = Counter(judge(mutated(chance)) for _ in range(ROUNDS))

    assert verdicts["accepted"] > ROUNDS / 20
    assert verdicts["refused"] > ROUNDS / 4


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(["iss", "aud", "sub", "exp", "nbf", "iat", "token_use", "scope", "x"])
header_names = st.sampled_from(["alg", "kid", "typ", "crit", "b64", "zip", "enc", "cty"])
header_values = st.sampled_from(["RS256", "HS256", "none", KID, "JWT", "at+jwt", ["exp"], True, None, "DEF"])
# Ours ignores these whatever is in them; joserfc wants them well-formed before it does the same.
brought_along = st.sampled_from([{}, {"jku": "https://evil.example.com/keys"}, {"x5u": "https://evil.example.com/x"}])


@given(
    st.dictionaries(names, json_values, max_size=3),
    st.dictionaries(header_names, header_values, max_size=2),
    brought_along,
)
@settings(max_examples=400, deadline=None)
def test_what_ours_accepts_of_generated_tokens_both_others_accept(
    changes: dict[str, Any], header: dict[str, Any], keys: dict[str, str]
) -> None:
    header = {"alg": "RS256", "kid": KID, "typ": "at+jwt", **header, **keys}

    judge(sign_raw(dumps(header), dumps({**claims(), **changes})))


@given(st.binary(max_size=200), st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_signed_bytes_of_any_kind_raise_nothing_but_a_refusal(header: bytes, payload: bytes) -> None:
    judge(sign_raw(header, payload))
    judge(sign_raw(dumps({"alg": "RS256", "kid": KID, "typ": "at+jwt"}), payload))


@given(st.text(max_size=400))
@settings(max_examples=300, deadline=None)
def test_texts_of_any_kind_raise_nothing_but_a_refusal(text: str) -> None:
    assert ours(text) is None
    assert ours(f"{text}.{text}.{text}") is None


def mutated(chance: random.Random) -> str:
    """A good token, or one that is wrong in one of the ways in which tokens go wrong."""
    kind = chance.randrange(8)
    good = token(jti=str(chance.random()))
    if kind == 0:
        return good
    if kind == 1:
        position = chance.randrange(len(good))
        return good[:position] + chance.choice("ABCxyz019-_.=+/ ") + good[position + 1 :]
    if kind == 2:
        position = chance.randrange(len(good))
        return good[:position] + good[position + 1 :]
    if kind == 3:
        parts = good.split(".")
        other = token(key=OTHER_PRIVATE).split(".")
        return ".".join(chance.choice(pair) for pair in zip(parts, other, strict=True))
    if kind == 4:
        return resigned({**claims(), chance.choice(CLAIMS): chance.choice(VALUES)})
    if kind == 5:
        return good + chance.choice(["=", "==", ".", " ", "\n", "A", "\0"])
    if kind == 6:
        header = {"alg": chance.choice(["RS256", "HS256", "none", "RS384"]), "kid": chance.choice([KID, "", None])}
        return sign_raw(dumps(header), dumps(claims()))
    spaced = json.dumps(claims(), indent=chance.randrange(4)).encode()
    return (
        f"{encode(spaced)}.{good}" if chance.random() < 0.2 else sign_raw(dumps({"alg": "RS256", "kid": KID}), spaced)
    )


def resigned(changed: dict[str, Any]) -> str:
    return sign_raw(dumps({"alg": "RS256", "kid": KID}), dumps(changed))
