"""handlers.store.aws.connections: certificates."""

import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, cast

import pytest

from bench.tls_front import Front, tls_front
from handlers.store.aws import NoAnswer, connections


class Answers(BaseHTTPRequestHandler):
    """An empty JSON object for every request."""

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
    known = ssl.create_default_context(cafile=str(connections.AMAZON_ROOTS)).get_ca_certs()

    names = {dict(cast("Any", part)[0] for part in root["subject"])["commonName"] for root in known}
    starfield = "Starfield Services Root Certificate Authority - G2"
    assert names == {*(f"Amazon Root CA {number}" for number in range(1, 5)), starfield}
