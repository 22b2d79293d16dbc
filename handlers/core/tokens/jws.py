"""Signed tokens: JWS Compact Serialization with RS256. Source: RFC 7515 §5.1, RFC 7518 §3.3."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256


def sign(claims: Mapping[str, Any], kid: str, key: RSAPrivateKey) -> str:
    """Return an access token (RFC 9068 §2.1: `typ` is `at+jwt`)."""
    header = {"alg": "RS256", "kid": kid, "typ": "at+jwt"}
    signed = f"{_segment(_json(header))}.{_segment(_json(claims))}"
    return f"{signed}.{_segment(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _segment(raw: bytes) -> str:
    """Return base64url without padding (RFC 7515 §2)."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
