"""Requests that came through the stack's own distribution, told by a secret that it adds to each.

Only then is the viewer's address, which the distribution's function writes, believed. A stack with a domain refuses
requests that come past the distribution, and so past its web ACL.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping

from contract.edge import SECRET, VIEWER
from handlers.errors import Forbidden

HASHES = tuple(bytes.fromhex(one) for one in os.environ.get("EDGE_SECRET_HASHES", "").split())
"""SHA-256 of the secrets: that of now, and the one of before while a change is on its way."""
IS_REQUIRED = os.environ.get("EDGE_REQUIRED") == "true"


def viewer(headers: Mapping[str, str]) -> str | None:
    """Return the viewer's address; None for a request that did not come through the distribution."""
    if SECRET not in headers or not _is_ours(headers[SECRET]):
        return None
    return headers.get(VIEWER)


def check(headers: Mapping[str, str]) -> None:
    """Raise `Forbidden` for a request past the distribution, where the stack refuses them."""
    if IS_REQUIRED and viewer(headers) is None:
        raise Forbidden


def _is_ours(secret: str) -> bool:
    digest = hashlib.sha256(secret.encode()).digest()
    return any(hmac.compare_digest(digest, one) for one in HASHES)
