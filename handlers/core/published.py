"""The public half of the keyset, as it lies in the directory: `{"keys": [{"jwk": {...}, "until": seconds | None}]}`."""

from typing import Any

Published = dict[str, Any]


def visible(published: Published, now: float) -> dict[str, Any]:
    """The JWK set of this moment (RFC 7517 §5): without the keys whose last token has expired."""
    return {"keys": [key["jwk"] for key in published["keys"] if key["until"] is None or key["until"] > now]}
