"""Clients of AWS, with timeouts and repetitions set. Each is made when it is first asked for, and kept.

A client has `call(operation, **request)`: operation, request and answer are named as in the API Reference of AWS, and
`connect()`. Calls raise `AwsError`. Docs: docs/adr/0033-own-aws-client.md.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Protocol

from handlers.store.aws.errors import AwsError, NoAnswer, error_code

__all__ = [
    "AwsError", "Client", "NoAnswer", "client", "error_code", "hasty_client", "hurried", "patient_client",
    "single_client",
]  # fmt: skip

TIMEOUT_SECONDS, HASTY_SECONDS, PATIENT_SECONDS = 3, 1, 10


class Client(Protocol):
    """Calls to one service."""

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        """Return the answer. Raises `AwsError`."""
        ...

    def connect(self) -> None:
        """Open a connection for the next call. Raises `AwsError`."""
        ...


_is_hurried = False


@contextmanager
def hurried() -> Iterator[None]:
    """Let `client` return hasty clients meanwhile."""
    global _is_hurried
    _is_hurried = True
    try:
        yield
    finally:
        _is_hurried = False


def client(service: str) -> Client:
    """Return the client of a service."""
    return hasty_client(service) if _is_hurried else _patient_enough(service)


@cache
def _patient_enough(service: str) -> Client:
    return _make()(service, TIMEOUT_SECONDS, 3)


@cache
def single_client(service: str) -> Client:
    """Return a client that makes every call once."""
    return _make()(service, TIMEOUT_SECONDS, 1)


@cache
def hasty_client(service: str) -> Client:
    """Return a client for calls that no caller should wait for: a short timeout, no repetitions."""
    return _make()(service, HASTY_SECONDS, 1)


@cache
def patient_client(service: str) -> Client:
    """Return a client for calls that take seconds, such as invocations of functions that start cold."""
    return _make()(service, PATIENT_SECONDS, 2)


def _make() -> Callable[[str, float, int], Client]:
    """Return what makes clients: by the setting `awsClient`, our own or boto3's."""
    if os.environ.get("AWS_CLIENT") == "boto3":
        from handlers.store.aws.boto_client import BotoClient

        return BotoClient
    from handlers.store.aws.own_client import OwnClient

    return OwnClient
