"""handlers.store.breaches: the data that leaves the stack, and missing or wrong answers."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from handlers.store import breaches
from handlers.store.breaches import PwnedPasswords
from tests.support.handlers import Handlers, new_address

KNOWN = "violet otters were breached"


def digest(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()


class Site:
    """A range of hashes, served as Have I Been Pwned serves it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.status = 200
        self.pause_seconds = 0.0
        self.body = f"{'0' * 35}:3\r\n{digest(KNOWN)[5:]}:7\r\n{digest('padding')[5:]}:0\r\n".encode()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, str(self.headers)))
                time.sleep(site.pause_seconds)
                self.send_response(site.status)
                self.send_header("content-length", str(len(site.body)))
                self.end_headers()
                self.wfile.write(site.body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    opened = Site()
    yield opened
    opened.close()


def test_five_characters_of_the_hash_go_out_and_nothing_else(site: Site) -> None:
    assert PwnedPasswords(site.url).contain(KNOWN)

    ((path, headers),) = site.asked
    assert path == f"/range/{digest(KNOWN)[:5]}"
    assert digest(KNOWN)[5:] not in headers
    assert "Add-Padding: true" in headers


def test_other_passwords_and_padding_are_not_known(site: Site) -> None:
    assert not PwnedPasswords(site.url).contain("violet otters were not breached")
    assert not PwnedPasswords(site.url).contain("padding")


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503},
        {"status": 302},
        {"body": b"\xff\xfe" * 100},
        {"body": b"A" * (breaches.MAX_BYTES + 1)},
        {"body": b"not a list"},
        {"pause_seconds": 0.5},
    ],
    ids=str,
)
def test_a_fault_is_no_reason_to_refuse_and_leaves_an_event(
    site: Site, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(breaches, "CONNECT_SECONDS", 0.1)
    vars(site).update(fault)

    assert not PwnedPasswords(site.url).contain(KNOWN)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == ([] if fault.get("body") == b"not a list" else ["breaches_not_asked"])
    assert KNOWN not in str(lines)


def test_an_answer_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, site: Site) -> None:
    monkeypatch.setattr(breaches, "MOST_SECONDS", -1.0)

    assert not PwnedPasswords(site.url).contain(KNOWN)


def test_nobody_there_is_no_reason_to_refuse(site: Site) -> None:
    site.close()

    assert not PwnedPasswords(site.url).contain(KNOWN)


def test_it_is_asked_at_sign_up_where_the_stack_says_so(
    handlers: Handlers, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = handlers.module("signup").SERVICES
    assert services.breaches is None, "off unless configured"
    monkeypatch.setattr(services, "breaches", PwnedPasswords(site.url))

    refused = handlers.call("signup", {"email": new_address(), "password": KNOWN})

    assert (refused.status, refused.body["code"]) == (400, "weak_password")
