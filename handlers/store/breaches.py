"""Breached passwords by range: five characters of a hash go out, the rest is compared here (k-anonymity).

Source: https://haveibeenpwned.com/API/v3#PwnedPasswords, "Searching by range" and "Introducing padding".
"""

import hashlib
import hmac
import json
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

CONNECT_SECONDS = 1.0  # for each wait on the connection
MOST_SECONDS = 2.0  # for all of it
MAX_BYTES = 256 * 1024
PREFIX_LENGTH = 5
HEADERS = {"User-Agent": "sallyport", "Add-Padding": "true"}
CHUNK_BYTES = 16 * 1024


class PwnedPasswords:
    """Implements `core.ports.Breaches`. A service that does not answer in time is no reason to refuse a password."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    def contain(self, password: str) -> bool:
        """One request. The service's hash function, not that of stored passwords."""
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        try:
            lines = self._range(digest[:PREFIX_LENGTH]).decode("ascii").splitlines()
        except (OSError, HTTPException, ValueError) as error:
            print(json.dumps({"event": "breaches_not_asked", "reason": type(error).__name__}), flush=True)
            return False
        return any(_is_hit(line, digest[PREFIX_LENGTH:]) for line in lines)

    def _range(self, prefix: str) -> bytes:
        kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=CONNECT_SECONDS)
        deadline = time.monotonic() + MOST_SECONDS
        try:
            connection.request("GET", f"{self._url.path.rstrip('/')}/range/{prefix}", headers=HEADERS)
            answer = connection.getresponse()
            if answer.status != 200:
                raise ValueError
            body = b""
            while chunk := answer.read1(CHUNK_BYTES):
                body += chunk
                if len(body) > MAX_BYTES or time.monotonic() > deadline:
                    raise ValueError
            return body
        finally:
            connection.close()


def _is_hit(line: str, suffix: str) -> bool:
    """Return whether the line `SUFFIX:COUNT` is a hit; padding has the count 0."""
    found, _, count = line.strip().partition(":")
    return hmac.compare_digest(found, suffix) and count.isdigit() and int(count) > 0
