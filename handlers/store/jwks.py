"""Public keys of issuers on the net: fetched with short timeouts, no redirects, and a limit of size."""

import json
from typing import Any

TIMEOUT_SECONDS = 1.5  # to connect, and for each part of the answer
MAX_BYTES = 64 * 1024
HEADERS = {"User-Agent": "sallyport", "Accept": "application/json"}  # firewalls refuse requests without a User-Agent
LOOPBACK = ("127.0.0.1", "localhost")


class NotFetched(Exception):
    """A document that could not be fetched: no answer, or a wrong one."""


def discover(issuer: str) -> Any:
    """Return the JWK set of an issuer, by its metadata (OpenID Connect Discovery 1.0 §4). Raises `NotFetched`."""
    metadata = fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if not isinstance(metadata, dict) or metadata.get("issuer") != issuer:
        raise NotFetched("the metadata names another issuer")
    keys_url = str(metadata.get("jwks_uri"))
    if issuer.startswith("https:") and not keys_url.startswith("https:"):
        raise NotFetched("the keys are not where https leads")
    return fetch(keys_url)


def fetch(url: str) -> Any:
    """Return a JSON document, over HTTPS unless it comes from this machine. Raises `NotFetched`."""
    # Imported here, so that an authorizer without a token of another issuer does not wait for these.
    from http.client import HTTPConnection, HTTPException, HTTPSConnection
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise NotFetched("not https")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        connection.request("GET", path, headers=HEADERS)
        answer = connection.getresponse()
        body = answer.read(MAX_BYTES + 1)
    except (OSError, HTTPException) as error:
        raise NotFetched(type(error).__name__) from None
    finally:
        connection.close()
    if answer.status != 200 or len(body) > MAX_BYTES:
        raise NotFetched(f"status {answer.status}")
    return json.loads(body)
