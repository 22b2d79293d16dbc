"""A token, its issuer's keys, and its required claims: the same for every contestant."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_EXAMPLE12"
AUDIENCE = "sallyport-dev"


@dataclass(frozen=True)
class Material:
    """What a verifier gets, {token, jwks, pem, kid, issuer, audience}, and what signs other claims with that key."""

    given: Mapping[str, Any]
    sign: Callable[[Mapping[str, Any]], str]


def make() -> Material:
    """Return an access token of about 1,100 bytes, the size of Cognito's, with its keys."""
    private, kid, now = rsa.generate_private_key(65537, 2048), secrets.token_hex(16), int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": secrets.token_hex(16),
        "sid": secrets.token_hex(16),
        "scope": "account",
        "amr": ["pwd"],
        "auth_time": now,
        "token_use": "access",
        "jti": secrets.token_hex(16),
        "iat": now,
        "exp": now + 3600,
        "username": secrets.token_hex(100),
    }

    def sign(signed: Mapping[str, Any]) -> str:
        return jwt.encode(dict(signed), private, algorithm="RS256", headers={"kid": kid, "typ": "at+jwt"})

    public = private.public_key()
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(public, as_dict=True)
    given = {
        "token": sign(claims),
        "jwks": {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": jwk["n"], "e": jwk["e"]}]},
        "pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "kid": kid,
        "issuer": ISSUER,
        "audience": AUDIENCE,
    }
    return Material(given, sign)
