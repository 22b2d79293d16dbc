"""handlers.store.jwks"""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from handlers.store import jwks
from handlers.store.jwks import NotFetched

KEYS = {"keys": [{"kid": "a"}]}


class Site:
    """Answers each path with (status, headers, body)."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, headers, body = site.pages.get(self.path, (404, {}, b"{}"))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def put(self, path: str, content: Any, status: int = 200, **headers: str) -> None:
        self.pages[path] = (status, headers, json.dumps(content).encode())


@pytest.fixture
def site() -> Iterator[Site]:
    one = Site()
    threading.Thread(target=one.server.serve_forever, daemon=True).start()
    yield one
    one.server.shutdown()
    one.server.server_close()


def test_keys_are_found_by_the_issuers_metadata(site: Site) -> None:
    site.put("/tenant/.well-known/openid-configuration", {"issuer": f"{site.url}/tenant", "jwks_uri": f"{site.url}/k"})
    site.put("/k", KEYS)

    assert jwks.discover(f"{site.url}/tenant") == KEYS


@pytest.mark.parametrize("metadata", [{}, [], None, {"issuer": "https://somebody.else.example.com"}, {"issuer": None}])
def test_metadata_of_another_issuer_leads_nowhere(site: Site, metadata: Any) -> None:
    if isinstance(metadata, dict):
        metadata = {**metadata, "jwks_uri": f"{site.url}/k"}
    site.put("/.well-known/openid-configuration", metadata)
    site.put("/k", KEYS)

    with pytest.raises(NotFetched, match="another issuer"):
        jwks.discover(site.url)


def test_an_issuer_on_the_net_cannot_send_the_authorizer_to_its_own_machine(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Lambda the runtime itself listens there."""
    asked: list[str] = []

    def fetch(url: str) -> Any:
        asked.append(url)
        return {"issuer": "https://idp.example.org", "jwks_uri": f"{site.url}/k"}

    monkeypatch.setattr(jwks, "fetch", fetch)

    with pytest.raises(NotFetched, match="https leads"):
        jwks.discover("https://idp.example.org")
    assert len(asked) == 1


@pytest.mark.parametrize(
    "url",
    ["http://example.com/k", "ftp://127.0.0.1/k", "file:///etc/passwd", "None", "", "http://127.0.0.1.example.com/"],
)
def test_only_https_or_this_machine(url: str) -> None:
    with pytest.raises(NotFetched, match="not https"):
        jwks.fetch(url)


def test_redirects_errors_and_floods_are_not_followed(site: Site) -> None:
    site.put("/elsewhere", KEYS, 302, location=f"{site.url}/k")
    site.put("/k", KEYS)
    site.put("/error", KEYS, 500)
    site.put("/flood", "x" * jwks.MAX_BYTES)

    for path in ("/elsewhere", "/error", "/flood", "/missing"):
        with pytest.raises(NotFetched):
            jwks.fetch(f"{site.url}{path}")


def test_who_never_answers_is_not_waited_for() -> None:
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()

        with pytest.raises(NotFetched):
            jwks.fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/k")

    assert time.monotonic() - started < 2 * jwks.TIMEOUT_SECONDS
