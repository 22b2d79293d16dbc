"""What a check expects of an answer."""

from typing import Any

import httpx


class BrokenPromise(Exception):
    """A promise that the stack has broken: the expected and the actual result, without secrets."""


def expect(response: httpx.Response, status: int) -> Any:
    """Return the answer's body. Raises `BrokenPromise` for another status."""
    if response.status_code != status:
        where = f"{response.request.method} {response.request.url.path}"
        raise BrokenPromise(f"{where}: expected {status}, got {response.status_code}")
    return response.json() if response.content else {}


def same(what: str, actual: object, expected: object) -> None:
    """Raise `BrokenPromise` if the two differ."""
    if actual != expected:
        raise BrokenPromise(f"{what}: expected {expected!r}, got {actual!r}")
