"""Requests that carry secrets: over HTTPS, or to this machine and then past every proxy."""

from typing import Any
from urllib.parse import urlsplit

import httpx

from client.errors import Failure

LOOPBACK = ("127.0.0.1", "localhost", "::1")
TIMEOUT_SECONDS = 30


def check(url: str) -> bool:
    """Whether it is an address on this machine. Raises `Failure` for one that secrets must not be sent to."""
    parts = urlsplit(url)
    is_here = parts.hostname in LOOPBACK
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        raise Failure(f"{parts.scheme}://{parts.netloc} is neither https nor this machine; nothing was sent")
    return is_here


def request(method: str, url: str, **how: Any) -> httpx.Response:
    """One request, no redirects. Raises `Failure` for an address that secrets must not be sent to."""
    is_here = check(url)
    try:
        return httpx.request(method, url, timeout=TIMEOUT_SECONDS, trust_env=not is_here, **how)
    except (httpx.LocalProtocolError, httpx.InvalidURL, UnicodeEncodeError) as error:
        raise Failure(f"This cannot be sent: {error}") from None


def get_json(url: str) -> Any:
    """A JSON document. Raises `Failure`."""
    answer = request("GET", url)
    try:
        return answer.raise_for_status().json()
    except (httpx.HTTPStatusError, ValueError):
        raise Failure(f"{url} holds no JSON document (status {answer.status_code})") from None


def message(answer: httpx.Response) -> str:
    """What the API says of a refusal."""
    wait = answer.headers.get("retry-after")
    later = f" (in {wait} s)" if wait else ""
    try:
        return f"{answer.json()['message']}{later}"
    except (ValueError, KeyError, TypeError):
        return f"The API answered with status {answer.status_code}{later}"


def code(answer: httpx.Response) -> str:
    """The refusal's stable code; empty if it has none."""
    try:
        return str(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        return ""
