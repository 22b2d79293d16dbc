"""handlers.core.tokens.jws, judged by PyJWT and joserfc."""

from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc.jwk import RSAKey

from handlers.core.tokens import jws

KEY = rsa.generate_private_key(65537, 2048)
texts = st.text(st.characters(codec="utf-8"))
claims = st.dictionaries(
    texts.filter(lambda name: name not in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")),
    st.one_of(texts, st.integers(-(2**53), 2**53), st.booleans(), st.none(), st.lists(texts)),
)


@given(claims, st.text(st.characters(codec="ascii"), max_size=40))
def test_others_read_what_was_signed(given_claims: dict[str, Any], kid: str) -> None:
    token = jws.sign(given_claims, kid, KEY)

    read = jwt.decode_complete(token, KEY.public_key(), algorithms=["RS256"])
    judged = joserfc_jws.deserialize_compact(token, RSAKey.import_key(KEY.public_key()), algorithms=["RS256"])

    assert read["payload"] == given_claims
    assert read["header"] == judged.headers() == {"alg": "RS256", "kid": kid, "typ": "at+jwt"}


def test_claims_are_written_as_pyjwt_writes_them() -> None:
    given_claims = {"iss": "https://example.com", "sub": "ada", "amr": ["pwd"]}
    headers = {"alg": "RS256", "kid": "k", "typ": "at+jwt"}

    theirs = jwt.encode(given_claims, KEY, algorithm="RS256", headers=headers)

    ours = jws.sign(given_claims, "k", KEY)
    assert ours.split(".")[1] == theirs.split(".")[1]
    assert len(ours) == len(theirs)
