"""A server that fails as AWS and networks do, and our own client of AWS that calls it."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.client import parse_headers
from pathlib import Path
from threading import Thread

import boto3
import pytest
from botocore.model import OperationModel
from botocore.session import Session

from handlers.store import aws
from handlers.store.aws import Client, connections, own_client
from handlers.store.aws.operations import TARGETS
from handlers.store.aws.own_client import OwnClient

GOOD = json.dumps({"Item": {"pk": {"S": "x"}}}).encode()
DEEP = b"[" * 100_000
Fault = Callable[[socket.socket], None]
Make = Callable[[str, float, int], Client]


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


def says(body: bytes, *headers: str, status: int = 200) -> Fault:
    return lambda connection: connection.sendall(answer(status, body, *headers))


def in_chunks_of(size: bytes) -> Fault:
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    return lambda connection: connection.sendall(head + size + b"\r\n" + GOOD + b"\r\n0\r\n\r\n")


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
        self._broken: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        Thread(target=self._accept, daemon=True).start()

    def plan(self, *faults: Fault) -> None:
        self._faults += faults

    def break_connections(self) -> None:
        """Let the connections of now look open, and be reset at their next request."""
        self._broken += self.connections

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
                    fault = self._faults.pop(0) if self._faults else good
                    (reset if connection in self._broken else fault)(connection)
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


def get(attempts: int = 3, seconds: float = 0.5, make: Make = OwnClient) -> object:
    return make("dynamodb", seconds, attempts).call("GetItem", TableName="t", Key={"pk": {"S": "x"}})


def operations() -> list[OperationModel]:
    """Return botocore's models of the operations that handlers call, by the texts of their calls."""
    handlers = Path(aws.__file__).parents[2]
    called = {name for path in handlers.rglob("*.py") for name in re.findall(r'"([A-Z][A-Za-z]+)"', path.read_text())}
    services = [Session().get_service_model(name) for name in (*TARGETS, "sesv2", "lambda")]
    return [model.operation_model(name) for model in services for name in called & set(model.operation_names)]
