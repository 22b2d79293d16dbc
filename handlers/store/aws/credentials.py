"""The credentials of a function's role.

They are in its environment; with SnapStart, an address on the machine gives them, because a snapshot may be older than
credentials live. Source: AWS SDKs and Tools Reference Guide, "Container credential provider".
"""

import json
import os
import time
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from handlers.store.aws.errors import NoAnswer

TIMEOUT_SECONDS = 1
RENEWED_SECONDS = 300  # before they expire
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


class CredentialSource:
    """The credentials of now. They are read at each call, and kept only where another process gives them."""

    def __init__(self) -> None:
        self._kept: tuple[Credentials, float] | None = None

    def current(self) -> Credentials:
        """Return credentials. Raises `NoAnswer` where there are none."""
        if not os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI"):
            return _of_environment()
        kept, now = self._kept, time.time()
        if kept is None or kept[1] - RENEWED_SECONDS < now:
            try:
                kept = self._kept = _of_container(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
            except NoAnswer:
                if kept is None or kept[1] <= now:
                    raise
        return kept[0]

    def forget(self) -> None:
        """Ask for new credentials at the next call, because AWS has refused these."""
        self._kept = None


def _of_environment() -> Credentials:
    known = os.environ
    try:
        keys = known["AWS_ACCESS_KEY_ID"], known["AWS_SECRET_ACCESS_KEY"]
    except KeyError:
        raise NoAnswer("no credentials") from None
    return Credentials(*keys, known.get("AWS_SESSION_TOKEN", ""))


def _of_container(url: str) -> tuple[Credentials, float]:
    """Return the credentials and when they expire, in Unix seconds."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise NoAnswer("credentials from another machine")
    connection = HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", parts.path, headers={"authorization": _authorization()})
        answer = connection.getresponse()
        given = json.loads(answer.read(MAX_BYTES))
        found = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["Token"])
        return found, datetime.fromisoformat(given["Expiration"]).timestamp()
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        raise NoAnswer(f"credentials: {type(error).__name__}") from None
    finally:
        connection.close()


def _authorization() -> str:
    return os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
