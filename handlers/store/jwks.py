"""Public keys of issuers on the net: fetched with short timeouts, no redirects, and a limit to what is read."""

import json
from typing import Any

TIMEOUT_SECONDS = 2.0  # twice, with the metadata, is well within the gate's own time
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
    # A gate that has not been asked for a token of another issuer does not wait for these.
    from urllib.parse import urlsplit

    import urllib3

    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise NotFetched("not https")
    timeout = urllib3.Timeout(total=TIMEOUT_SECONDS)
    try:
        answer = urllib3.request("GET", url, redirect=False, retries=False, timeout=timeout, preload_content=False)
        body = answer.read(MAX_BYTES + 1)
    except urllib3.exceptions.HTTPError as error:
        raise NotFetched(type(error).__name__) from None
    if answer.status != 200 or len(body) > MAX_BYTES:
        raise NotFetched(f"status {answer.status}")
    return json.loads(body)
