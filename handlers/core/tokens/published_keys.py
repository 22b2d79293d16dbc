"""The issuer's public keys, as the directory stores them: `{"keys": [{"jwk": {...}, "until": seconds | None}]}`."""

from typing import Any

PublishedKeys = dict[str, Any]


def visible(published: PublishedKeys, now: float) -> dict[str, Any]:
    """Return the JWK set of this moment (RFC 7517 §5): without keys whose last token has expired."""
    return {"keys": [key["jwk"] for key in published["keys"] if key["until"] is None or key["until"] > now]}
