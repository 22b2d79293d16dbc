"""The credentials of a function's role.

They are in its environment; with SnapStart, an address on the machine gives them, because a snapshot may be older than
credentials live. Source: AWS SDKs and Tools Reference Guide, "Container credential provider".
"""

import json
import os
import time
from dataclasses import dataclass, replace
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from handlers.store.aws.errors import NoAnswer

TIMEOUT_SECONDS = 1
RENEWED_SECONDS = 300  # before they expire
RETRIED_SECONDS = 30  # after a renewal that failed, while the old ones are good
MAX_BYTES = 16 * 1024
LOOPBACK = ("127.0.0.1", "localhost", "169.254.170.2", "169.254.170.23")


@dataclass(frozen=True)
class Credentials:
    """What signs requests."""

    access_key_id: str
    secret_access_key: str
    session_token: str = ""

    def __repr__(self) -> str:
        return "Credentials(...)"


@dataclass(frozen=True)
class _Kept:
    """Credentials of another process. Times are in Unix seconds."""

    credentials: Credentials
    expires_at: float
    renewed_at: float


class CredentialSource:
    """The credentials of now. They are read at each call, and kept only where another process gives them."""

    def __init__(self) -> None:
        self._kept: _Kept | None = None

    def current(self) -> Credentials:
        """Return credentials. Raises `NoAnswer` where there are none."""
        url = os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        if not url:
            return _of_environment()
        kept, now = self._kept, time.time()
        if kept is None or kept.renewed_at <= now:
            try:
                kept = _of_container(url)
            except NoAnswer:
                if kept is None or kept.expires_at <= now:
                    raise
                kept = replace(kept, renewed_at=now + RETRIED_SECONDS)
            self._kept = kept
        return kept.credentials

    def renew(self) -> None:
        """Ask for new credentials at the next call, because AWS has refused these."""
        if self._kept is not None:
            self._kept = replace(self._kept, renewed_at=0)


def _of_environment() -> Credentials:
    known = os.environ
    try:
        keys = known["AWS_ACCESS_KEY_ID"], known["AWS_SECRET_ACCESS_KEY"]
    except KeyError:
        raise NoAnswer("no credentials") from None
    return _checked(*keys, known.get("AWS_SESSION_TOKEN", ""))


def _of_container(url: str) -> _Kept:
    try:
        given = json.loads(_asked(url))
        found = _checked(given["AccessKeyId"], given["SecretAccessKey"], given["Token"] or None)
        expires_at = datetime.fromisoformat(given["Expiration"]).timestamp()
    except (OSError, HTTPException, ValueError, LookupError, TypeError, RecursionError) as error:
        raise NoAnswer(f"credentials: {type(error).__name__}") from None
    return _Kept(found, expires_at, expires_at - RENEWED_SECONDS)


def _asked(url: str) -> bytes:
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise NoAnswer("credentials from another machine")
    connection = HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
    try:
        target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        connection.request("GET", target, headers={"authorization": _authorization()})
        answer = connection.getresponse()
        if answer.status != 200:
            raise NoAnswer(f"credentials: Status{answer.status}")
        return answer.read(MAX_BYTES)
    finally:
        connection.close()


def _checked(*given: Any) -> Credentials:
    """Return the credentials. Without this check, the error about a header that cannot be sent would quote them."""
    if not all(isinstance(text, str) and text.isascii() and text.isprintable() for text in given) or "" in given[:2]:
        raise NoAnswer("credentials: malformed")
    return Credentials(*given)


def _authorization() -> str:
    return os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
