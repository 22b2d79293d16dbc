"""A token, its issuer's keys, and its required claims: the same for every contestant."""

import secrets
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_EXAMPLE12"
AUDIENCE = "sallyport-dev"


def make() -> dict[str, Any]:
    """Return {token, jwks, issuer, audience}: an access token of about 1,100 bytes, the size of Cognito's."""
    private = rsa.generate_private_key(65537, 2048)
    kid = secrets.token_hex(16)
    now = int(time.time())
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
    token = jwt.encode(claims, private, algorithm="RS256", headers={"kid": kid, "typ": "at+jwt"})
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    public = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": jwk["n"], "e": jwk["e"]}
    return {"token": token, "jwks": {"keys": [public]}, "issuer": ISSUER, "audience": AUDIENCE}
