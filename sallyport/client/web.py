"""Requests that carry secrets: over HTTPS, or to this machine without a proxy."""

from typing import Any
from urllib.parse import urlsplit

import httpx

from sallyport.client.errors import Failure
from sallyport.local import loopback

LOOPBACK = ("127.0.0.1", "localhost", "::1")
TIMEOUT_SECONDS = 30


def check(url: str) -> bool:
    """Return whether the address is on this machine. Raises `Failure` for one to which secrets must not be sent."""
    parts = urlsplit(url)
    is_here = parts.hostname in LOOPBACK
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        raise Failure(f"{parts.scheme}://{parts.netloc} is neither https nor this machine; nothing was sent")
    return is_here


def request(method: str, url: str, **how: Any) -> httpx.Response:
    """Send a request without redirects. Raises `Failure` for an address to which secrets must not be sent."""
    is_here = check(url)
    trusted = loopback.TRUSTING_NOBODY if urlsplit(url).scheme == "http" else True
    try:
        return httpx.request(method, url, timeout=TIMEOUT_SECONDS, trust_env=not is_here, verify=trusted, **how)
    except (httpx.LocalProtocolError, httpx.InvalidURL, UnicodeEncodeError) as error:
        raise Failure(f"This cannot be sent: {error}") from None


def get_json(url: str) -> Any:
    """Return a JSON document. Raises `Failure`."""
    answer = request("GET", url)
    try:
        return answer.raise_for_status().json()
    except (httpx.HTTPStatusError, ValueError):
        raise Failure(f"{url} holds no JSON document (status {answer.status_code})") from None


def message(answer: httpx.Response) -> str:
    """Return the API's message about a refusal."""
    wait = answer.headers.get("retry-after")
    later = f" (in {wait} s)" if wait else ""
    try:
        return f"{answer.json()['message']}{later}"
    except (ValueError, KeyError, TypeError):
        return f"The API answered with status {answer.status_code}{later}"


def code(answer: httpx.Response) -> str:
    """Return the refusal's stable code; empty if it has none."""
    try:
        return str(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        return ""
