"""handlers.store.aws.own_client, over a real socket to a server that fails as AWS and networks do."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from http.client import parse_headers
from threading import Barrier, Thread

import boto3
import pytest

from handlers.store.aws import AwsError, NoAnswer, boto_client, connections, own_client
from handlers.store.aws.own_client import OwnClient

GOOD = json.dumps({"Item": {"pk": {"S": "x"}}}).encode()
Fault = Callable[[socket.socket], None]


def answer(status: int, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", f"date: {formatdate(usegmt=True)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def error(status: int, code: str, date: float | None = None) -> Fault:
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "Ada"}).encode()
    whole = answer(status, body)
    if date is not None:
        whole = whole.replace(formatdate(usegmt=True).encode(), formatdate(date, usegmt=True).encode())
    return lambda connection: connection.sendall(whole)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    connection.close()


def closed(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def half(connection: socket.socket) -> None:
    connection.sendall(answer(200, GOOD)[:-5])
    closed(connection)


def half_of_the_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-le")
    closed(connection)


def nonsense(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    closed(connection)


def silence(connection: socket.socket) -> None:
    """Answer nothing; the client gives up."""


def good(connection: socket.socket) -> None:
    connection.sendall(answer(200, GOOD))


def interim(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
    good(connection)


def page(connection: socket.socket) -> None:
    connection.sendall(answer(200, b"<html>"))


def good_and_close(connection: socket.socket) -> None:
    connection.sendall(answer(200, GOOD, "connection: close"))
    closed(connection)


class Server:
    """A server that answers each request with the next of its faults, and with good answers after the last."""

    def __init__(self, *faults: Fault) -> None:
        self._faults = list(faults)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.requests: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.connections: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        Thread(target=self._accept, daemon=True).start()

    def plan(self, *faults: Fault) -> None:
        self._faults += faults

    def stop(self) -> None:
        self._listening.close()
        for connection in self.connections:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections.append(connection)
            Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection.makefile("rb") as stream:
                while stream.readline():
                    headers = {name.lower(): value for name, value in parse_headers(stream).items()}
                    self.bodies.append(stream.read(int(headers["content-length"])))
                    self.requests.append(headers)
                    (self._faults.pop(0) if self._faults else good)(connection)
        except (OSError, ValueError):
            return


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    running = Server()
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps credentials
    monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):  # ours, and boto3's
        monkeypatch.setenv(name, "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.setattr(own_client, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(OwnClient, "_ahead", 0.0)
    yield running
    connections.close_all()
    running.stop()


def get(attempts: int = 3, seconds: float = 0.5) -> object:
    return OwnClient("dynamodb", seconds, attempts).call("GetItem", TableName="t", Key={"pk": {"S": "x"}})


PASSING = [
    reset, closed, half, half_of_the_headers, nonsense, silence, interim, page,
    error(500, "InternalServerError"), error(503, ""), error(400, "ThrottlingException"),
    error(400, "ProvisionedThroughputExceededException"), error(400, "ExpiredTokenException"),
]  # fmt: skip


@pytest.mark.parametrize("fault", PASSING)
def test_what_may_pass_is_tried_again(server: Server, fault: Fault) -> None:
    server.plan(fault, fault)

    assert get() == json.loads(GOOD)
    assert len(server.requests) == 3


@pytest.mark.parametrize("fault", PASSING)
def test_what_does_not_pass_is_an_error_after_the_last_attempt(server: Server, fault: Fault) -> None:
    server.plan(fault, fault, fault)

    with pytest.raises(AwsError):
        get()
    assert len(server.requests) == 3


@pytest.mark.parametrize("fault", [*PASSING, error(400, "ValidationException")])
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


def test_the_fault_is_named_and_nothing_else(server: Server) -> None:
    server.plan(silence)

    with pytest.raises(NoAnswer) as late:
        get(attempts=1, seconds=0.05)

    assert (late.value.code, str(late.value)) == ("TimeoutError", "TimeoutError")


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


def test_a_client_of_one_attempt_learns_from_its_refusal(server: Server) -> None:
    server.plan(error(400, "RequestTimeTooSkewed", time.time() + 600))

    with pytest.raises(AwsError):
        get(attempts=1)
    assert get(attempts=1) == json.loads(GOOD)
    assert _signed_at(server.requests[1]) - time.time() > 500


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


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_that_is_off_is_corrected_by_the_answer(server: Server, minutes: int) -> None:
    true = time.time() + minutes * 60
    server.plan(error(400, "RequestTimeTooSkewed", true))

    get()
    get()

    stamps = [_signed_at(request) for request in server.requests]
    assert abs(stamps[0] - time.time()) < 60
    assert all(abs(stamp - true) < 60 for stamp in stamps[1:]), "later calls know the clock"


def test_a_clock_that_is_off_is_corrected_for_all_calls_that_were_on_their_way(server: Server) -> None:
    """The second refusal comes when the first has corrected the clock, which the second call did not know."""
    true = time.time() + 600
    both_sent = Barrier(2, timeout=10)
    refused = error(400, "RequestTimeTooSkewed", true)

    def late(connection: socket.socket) -> None:
        both_sent.wait()
        refused(connection)

    server.plan(late, late)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: get(), range(2)))

    assert answers == [json.loads(GOOD)] * 2


def test_a_wrong_signature_with_a_right_clock_is_refused(server: Server) -> None:
    server.plan(error(400, "InvalidSignatureException", time.time()))

    with pytest.raises(AwsError):
        get()
    assert len(server.requests) == 1


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

    assert throttling | transient | {"IDPCommunicationError"} == own_client.PASSING
    assert set(TransientRetryableChecker._TRANSIENT_STATUS_CODES) == set(own_client.PASSING_STATUS)


def test_boto3_with_the_same_faults_raises_the_same_errors(server: Server) -> None:
    """It is one setting away, so what the store catches has to be the same."""
    dynamodb = boto_client.BotoClient("dynamodb", 1, 1)
    server.plan(error(400, "ConditionalCheckFailedException"), closed)

    with pytest.raises(AwsError) as refused:
        dynamodb.call("GetItem", TableName="t", Key={"pk": {"S": "x"}})
    with pytest.raises(NoAnswer):
        dynamodb.call("GetItem", TableName="t", Key={"pk": {"S": "x"}})

    assert (refused.value.code, refused.value.status) == ("ConditionalCheckFailedException", 400)


def _signed_at(request: dict[str, str]) -> float:
    return time.mktime(time.strptime(request["x-amz-date"], "%Y%m%dT%H%M%SZ")) - time.timezone


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)
