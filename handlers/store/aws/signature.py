"""AWS Signature Version 4, in the `Authorization` header.

Source: IAM User Guide, "Create a signed AWS API request". Paths have no dot segments and no empty ones.
"""

import hmac
import time
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote, unquote

from handlers.store.aws.credentials import Credentials

ALGORITHM = "AWS4-HMAC-SHA256"
UNRESERVED = "-_.~"


def signed(
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
    scope: tuple[str, str],
    by: Credentials,
    now: float,
) -> dict[str, str]:
    """Return the headers with their signature.

    Args:
        target: the path and query of the request, encoded as they are sent.
        headers: all of them are signed; `host` is one.
        scope: the region and the service's signing name.
        now: Unix time in seconds.
    """
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    given = {**headers, "x-amz-date": stamp}
    if by.session_token:
        given["x-amz-security-token"] = by.session_token
    names, canonical = canonical_request(method, target, given, sha256(body).hexdigest())
    scope_text = "/".join((stamp[:8], *scope, "aws4_request"))
    to_sign = "\n".join((ALGORITHM, stamp, scope_text, sha256(canonical.encode()).hexdigest()))
    signature = hmac.new(_key(by.secret_access_key, stamp[:8], *scope), to_sign.encode(), sha256).hexdigest()
    credential = f"Credential={by.access_key_id}/{scope_text}"
    return {**given, "authorization": f"{ALGORITHM} {credential}, SignedHeaders={names}, Signature={signature}"}


def canonical_request(method: str, target: str, headers: Mapping[str, str], body_hash: str) -> tuple[str, str]:
    """Return the names of the signed headers, and the text whose hash is signed."""
    path, _, query = target.partition("?")
    lines = sorted((name.lower(), " ".join(value.split())) for name, value in headers.items())
    names = ";".join(name for name, _ in lines)
    signed_lines = "".join(f"{name}:{value}\n" for name, value in lines)
    twice_encoded = quote(path or "/", safe=f"/{UNRESERVED}")
    return names, "\n".join((method, twice_encoded, _canonical_query(query), signed_lines, names, body_hash))


def _canonical_query(query: str) -> str:
    pairs = (part.partition("=")[::2] for part in query.split("&") if part)
    encoded = sorted((_encoded(name), _encoded(value)) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def _encoded(text: str) -> str:
    return quote(unquote(text), safe=UNRESERVED)


@lru_cache(maxsize=32)
def _key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return key
