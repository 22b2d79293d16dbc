"""Public keys of issuers on the net: fetched with short timeouts, no redirects, and a limit to what is read."""

import json
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 2.0
MAX_BYTES = 64 * 1024
LOOPBACK = ("127.0.0.1", "localhost")


class NotFetched(Exception):
    """No answer, or not the one that was asked for."""


def discover(issuer: str) -> Any:
    """The key set of an issuer, by its metadata (OpenID Connect Discovery 1.0 §4). Raises `NotFetched`."""
    metadata = fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if not isinstance(metadata, dict) or metadata.get("issuer") != issuer:
        raise NotFetched("the metadata names another issuer")
    return fetch(str(metadata.get("jwks_uri")))


def fetch(url: str) -> Any:
    """A JSON document, over HTTPS unless it comes from this machine. Raises `NotFetched`."""
    import urllib3  # comes with boto3; a function that never needs it does not wait for it

    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise NotFetched("not https")
    try:
        answer = urllib3.request("GET", url, redirect=False, retries=1, timeout=TIMEOUT_SECONDS, preload_content=False)
        body = answer.read(MAX_BYTES + 1)
    except urllib3.exceptions.HTTPError as error:
        raise NotFetched(type(error).__name__) from None
    if answer.status != 200 or len(body) > MAX_BYTES:
        raise NotFetched(f"status {answer.status}")
    return json.loads(body)
