"""Keys, policies and tokens to test verifiers with."""

import base64
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from handlers.core.tokens.verifier import Policy

NOW = 1_800_000_000
KID = "0123456789abcdef"
AUDIENCE = "sallyport-dev"
POLICY = Policy(issuer="https://auth.example.com", audiences=frozenset({AUDIENCE}), token_use="access", is_typed=True)
PRIVATE = rsa.generate_private_key(65537, 2048)
OTHER_PRIVATE = rsa.generate_private_key(65537, 2048)
KEYS = {KID: PRIVATE.public_key()}


def claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a good access token; a change to None removes a claim."""
    good = {
        "iss": POLICY.issuer,
        "aud": AUDIENCE,
        "sub": "u" * 32,
        "sid": "s" * 32,
        "scope": "account",
        "amr": ["pwd"],
        "auth_time": NOW,
        "token_use": "access",
        "jti": "j" * 32,
        "iat": NOW,
        "exp": NOW + 900,
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def token(key: Any = PRIVATE, algorithm: str = "RS256", header: dict[str, Any] | None = None, **changes: Any) -> str:
    """Return a token of the good claims with these changes, signed by PyJWT."""
    headers = {"kid": KID, "typ": "at+jwt", **(header or {})}
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers=headers)


def sign_raw(header: bytes, payload: bytes) -> str:
    """Return a token of any bytes, with a good signature over them."""
    signed = f"{encode(header)}.{encode(payload)}"
    signature = jwt.get_algorithm_by_name("RS256").sign(signed.encode(), PRIVATE)
    return f"{signed}.{encode(signature)}"


def encode(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def dumps(value: Any) -> bytes:
    """Return compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()
