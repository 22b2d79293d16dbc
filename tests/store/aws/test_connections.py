"""handlers.store.aws.connections: certificates."""

import hashlib
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from bench.tls_front import Front, tls_front
from handlers.store.aws import NoAnswer, connections

ROOTS = {
    "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
    "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
    "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
    "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
    "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
}
"""SHA-256 of Amazon Root CA 1 to 4 and Starfield Services Root CA G2. Source: Amazon Trust Services, "Root CAs"."""


class Answers(BaseHTTPRequestHandler):
    """An empty JSON object for every request, over connections that stay open."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with tls_front(server.server_port) as running:
            yield running
        server.shutdown()


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    for cached in (connections._amazon, connections._system):
        cached.cache_clear()
    yield
    connections.close_all()
    for cached in (connections._amazon, connections._system):
        cached.cache_clear()


def post(url: str) -> connections.Answer:
    return connections.exchange(url, "POST", "/", {"host": "x"}, b"{}", 5)


def test_a_trusted_server_is_asked(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(front.amazon_roots))

    assert post(front.url).body == b"{}"


def test_an_opened_connection_is_the_one_of_the_next_request(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the handshake of TLS 1.3 the server sends tickets, which are no answer."""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(front.amazon_roots))
    connections.connect(front.url)
    opened = connections._idle[front.url][0][0]
    post(front.url)
    opened_again = connections._idle[front.url][0][0]

    assert opened is opened_again


def test_roots_that_are_not_there_are_no_answer(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere")

    with pytest.raises(NoAnswer, match="FileNotFoundError"):
        post(front.url)


def test_a_server_that_nobody_vouches_for_is_not_asked(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)

    with pytest.raises(NoAnswer, match="SSLCertVerificationError"):
        post(front.url)


def test_a_certificate_for_another_name_is_refused(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(front.amazon_roots))

    with pytest.raises(NoAnswer, match="SSLCertVerificationError"):
        post(front.url.replace("127.0.0.1", "localhost"))


def test_what_amazon_does_not_vouch_for_is_asked_of_the_system(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS may take another root one day."""
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(front.system_roots))

    assert post(front.url).body == b"{}"


def test_amazons_roots_are_amazons_and_nobody_elses() -> None:
    known = ssl.create_default_context(cafile=str(connections.AMAZON_ROOTS)).get_ca_certs(binary_form=True)

    assert {hashlib.sha256(root).hexdigest() for root in known} == ROOTS
