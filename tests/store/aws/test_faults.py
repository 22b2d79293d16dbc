"""handlers.store.aws.own_client, over a real socket to a server that fails as AWS and networks do."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread

import pytest

from handlers.store.aws import AwsError, NoAnswer, connections, own_client
from handlers.store.aws.own_client import OwnClient
from tests.support.faulty_aws import (
    DEEP,
    GOOD,
    Fault,
    Server,
    closed,
    error,
    get,
    good,
    good_and_close,
    half,
    half_of_the_headers,
    in_chunks_of,
    interim,
    nonsense,
    operations,
    reset,
    says,
    server,
    silence,
)

__all__ = ["server"]

FAULTS: dict[str, Fault] = {
    "reset": reset,
    "closed": closed,
    "half an answer": half,
    "half of the headers": half_of_the_headers,
    "another protocol": nonsense,
    "silence": silence,
    "an interim answer": interim,
    "a page": says(b"<html>"),
    "status 500": error(500, "InternalServerError"),
    "status 503 without a name": error(503, ""),
    "throttled": error(400, "ThrottlingException"),
    "too much throughput": error(400, "ProvisionedThroughputExceededException"),
    "expired credentials": error(400, "ExpiredTokenException"),
    "nothing": says(b""),
    "a list": says(b"[]"),
    "null": says(b"null"),
    "NaN": says(b"NaN"),
    "deep": says(DEEP),
    "a deep error": says(DEEP, status=503),
    "no text": says(b"\xff"),
    "another checksum": says(GOOD, "x-amz-crc32: 1"),
    "a header without a colon": says(GOOD, "no header"),
    "a negative chunk": in_chunks_of(b"-5"),
    "an endless chunk": in_chunks_of(b"f" * 40),
}
of_all_faults = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)


@of_all_faults
def test_what_may_pass_is_tried_again(server: Server, fault: Fault) -> None:
    server.plan(fault, fault)

    assert get() == json.loads(GOOD)
    assert len(server.requests) == 3


@of_all_faults
def test_what_does_not_pass_is_an_error_after_the_last_attempt(server: Server, fault: Fault) -> None:
    server.plan(fault, fault, fault)

    with pytest.raises(AwsError):
        get()
    assert len(server.requests) == 3


@of_all_faults
def test_a_client_of_one_attempt_makes_one(server: Server, fault: Fault) -> None:
    server.plan(fault)

    with pytest.raises(AwsError):
        get(attempts=1)
    assert len(server.requests) == 1


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException", "ConditionalCheckFailedException"])
def test_a_refusal_is_not_repeated(server: Server, code: str) -> None:
    server.plan(error(400, code))

    with pytest.raises(AwsError) as refused:
        get()

    assert (refused.value.code, refused.value.status) == (code, 400)
    assert len(server.requests) == 1


def test_nobody_listens(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")

    with pytest.raises(NoAnswer) as unreachable:
        get()

    assert unreachable.value.code == "ConnectionRefusedError"


def test_a_connection_is_used_again(server: Server) -> None:
    for _ in range(3):
        get()

    assert len(server.connections) == 1


def test_a_connection_that_the_server_has_closed_meanwhile_is_not_used_again(server: Server) -> None:
    """It costs no attempt: the call is one that is made once."""
    get()
    closed(server.connections[0])
    _wait_until(lambda: connections._taken(server.url) is None)

    assert get(attempts=1) == json.loads(GOOD)
    assert len(server.connections) == 2


def test_a_connection_that_was_idle_for_long_is_not_used_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda freezes functions; what is between them and AWS forgets connections, and tells nobody."""
    get()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + connections.MOST_IDLE_SECONDS + 1)

    get(attempts=1)

    assert len(server.connections) == 2


def test_a_repetition_takes_no_other_connection_that_may_be_dead_too(server: Server) -> None:
    """What is between a function and AWS may forget all of its connections, and tell nobody."""
    all_sent = Barrier(4, timeout=10)

    def together(connection: socket.socket) -> None:
        all_sent.wait()
        good(connection)

    server.plan(*[together] * 4)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: get(), range(4)))
    server.break_connections()

    assert get(attempts=2) == json.loads(GOOD)
    assert len(server.connections) == 5


def test_a_child_process_has_connections_of_its_own(server: Server) -> None:
    """Two processes on one connection would get each other's answers. In a process of its own: pytest has threads."""
    child_of_fork = """
import os
from tests.support.faulty_aws import get
get()
child = os.fork()
status = os.waitpid(child, 0)[1] if child else 0
get()
os._exit(status)
"""
    subprocess.run([sys.executable, "-c", child_of_fork], check=True, timeout=60)

    assert len(server.connections) == 2


def test_a_connection_with_half_an_answer_is_not_used_again(server: Server) -> None:
    server.plan(silence)
    with pytest.raises(NoAnswer):
        get(attempts=1, seconds=0.05)

    server.connections[0].close()  # what it would have said belongs to the call of before
    assert get(attempts=1) == json.loads(GOOD)
    assert len(server.connections) == 2


def test_a_server_that_wants_to_close_is_let(server: Server) -> None:
    server.plan(good_and_close, good_and_close)

    get(attempts=1)
    get(attempts=1)

    assert len(server.connections) == 2


def test_an_opened_connection_is_the_one_of_the_next_call(server: Server) -> None:
    client = OwnClient("dynamodb", 1, 1)

    client.connect()
    client.connect()
    _wait_until(lambda: len(server.connections) == 1)
    get(attempts=1)

    assert len(server.connections) == 1


def test_credentials_that_have_expired_are_read_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    expired = error(400, "ExpiredTokenException")

    def rotate(connection: socket.socket) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDROTATED")
        monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
        expired(connection)

    server.plan(rotate)

    get()

    assert "Credential=AKIDEXAMPLE/" in server.requests[0]["authorization"]
    assert "Credential=AKIDROTATED/" in server.requests[1]["authorization"]
    assert server.requests[1]["x-amz-security-token"] == "token"


def test_a_repeated_transaction_is_the_same_transaction(server: Server) -> None:
    """AWS knows it by its token, and does it once."""
    server.plan(half)

    OwnClient("dynamodb", 1, 3).call("TransactWriteItems", TransactItems=[])
    OwnClient("dynamodb", 1, 3).call("TransactWriteItems", TransactItems=[])

    tokens = [json.loads(body)["ClientRequestToken"] for body in server.bodies]
    assert tokens[0] == tokens[1] != tokens[2]


def test_several_threads_use_connections_of_their_own(server: Server) -> None:
    threads = [Thread(target=lambda: [get() for _ in range(20)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(server.requests) == 160
    assert len(server.connections) <= 8


def test_what_is_repeated_is_what_botocore_repeats() -> None:
    from botocore.retries.standard import ThrottledRetryableChecker, TransientRetryableChecker

    throttling = set(ThrottledRetryableChecker._THROTTLED_ERROR_CODES)
    transient = set(TransientRetryableChecker._TRANSIENT_ERROR_CODES)
    modeled = {shape.name for one in operations() for shape in one.error_shapes if "retryable" in shape.metadata}

    assert throttling | transient | modeled | {"IDPCommunicationError"} == own_client.PASSING
    assert set(TransientRetryableChecker._TRANSIENT_STATUS_CODES) == set(own_client.PASSING_STATUS)


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)
