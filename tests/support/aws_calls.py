"""Calls to AWS of the handlers in this process: seen as they are made, or answered in AWS's place."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from handlers.store.aws import NoAnswer, connections, own_client
from handlers.store.aws.connections import Answer
from handlers.store.aws.operations import SIGNING_NAMES

Fault = Callable[[], Answer]
"""Returns an answer, or raises `NoAnswer`."""


@contextmanager
def seen_by(see: Callable[[str, Mapping[str, Any]], None]) -> Iterator[None]:
    """Have `see` get operation and request of every call, before it is made; repetitions are no further calls."""
    call = own_client.OwnClient.call

    def watched(self: own_client.OwnClient, operation: str, **request: Any) -> dict[str, Any]:
        see(operation, request)
        return call(self, operation, **request)

    with patch.object(own_client.OwnClient, "call", watched):
        yield


@contextmanager
def writes_seen() -> Iterator[list[str]]:
    """Collect the operations that may change something: all but reads and cryptography."""
    seen: list[str] = []
    harmless = {"GetItem", "BatchGetItem", "Query", "Scan", "GetSecretValue", "Encrypt", "Decrypt"}
    with seen_by(lambda operation, _: seen.append(operation) if operation not in harmless else None):
        yield seen


@contextmanager
def exchanges_seen_by(see: Callable[[str, int], None]) -> Iterator[None]:
    """Have `see` get the operation of every request to AWS, such as `DynamoDB_20120810.GetItem`, and the bytes of its
    answer.
    """
    exchange = connections.exchange

    def watched(address: str, method: str, target: str, headers: Mapping[str, str], *rest: Any) -> Answer:
        answer = exchange(address, method, target, headers, *rest)
        see(headers.get("x-amz-target", target), len(answer.body))
        return answer

    with patch.object(connections, "exchange", watched):
        yield


@contextmanager
def answers_lost_once(service: str) -> Iterator[None]:
    """Have a service do every call, and the answer to its first request be lost: the repetition gets one."""
    exchange, scope = connections.exchange, _scope(service)
    lost: set[bytes] = set()

    def losing(address: str, method: str, target: str, headers: Mapping[str, str], body: bytes, wait: float) -> Answer:
        answer = exchange(address, method, target, headers, body, wait)
        if scope not in headers["authorization"]:
            return answer
        lost.symmetric_difference_update([body])
        if body in lost:
            raise NoAnswer("ConnectionResetError")
        return answer

    with patch.object(connections, "exchange", losing), patch.object(own_client, "PAUSE_SECONDS", 0):
        yield


@contextmanager
def answered_by(service: str, fault: Fault) -> Iterator[None]:
    """Let every request to a service end in a fault, and no pause come before its repetition."""
    exchange, scope = connections.exchange, _scope(service)
    connect = own_client.OwnClient.connect

    def faulty(address: str, method: str, target: str, headers: Mapping[str, str], body: bytes, wait: float) -> Answer:
        is_meant = scope in headers["authorization"]
        return fault() if is_meant else exchange(address, method, target, headers, body, wait)

    def connect_in_vain(self: own_client.OwnClient) -> None:
        if self._service != service:
            connect(self)
        else:
            fault()
            raise NoAnswer("ConnectionResetError")

    with (
        patch.object(connections, "exchange", faulty),
        patch.object(own_client.OwnClient, "connect", connect_in_vain),
        patch.object(own_client, "PAUSE_SECONDS", 0),
    ):
        yield


def _scope(service: str) -> str:
    """Return what the signature of a request to this service has in its scope."""
    return f"/{SIGNING_NAMES.get(service, service)}/aws4_request"
