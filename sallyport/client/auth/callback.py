"""The loopback address to which the browser returns with the code. Source: RFC 8252 §7.3, §8.3."""

import contextlib
import errno
import hmac
import os
import socket
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from sallyport.client.errors import Failure

ADDRESS = "127.0.0.1"
POLL_SECONDS = 0.1
LOOPBACK = ("localhost", "127.0.0.1")
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body{{font:18px/1.5 system-ui;max-width:32rem;margin:20vh auto;padding:0 1rem}}</style>
<h1>{title}</h1><p>{text}</p></html>"""
DONE = ("You are signed in", "You can close this window.")
NOT_DONE = ("You are not signed in", "The terminal says why. You can close this window.")
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "connection": "close",
}


class Listener:
    """A listener on the loopback interface for the answer to one sign-in, known by its state."""

    def __init__(self, redirect_uri: str, server: "_Server") -> None:
        self.redirect_uri = redirect_uri
        self._server = server

    def wait(self, state: str, seconds: float) -> dict[str, str]:
        """Return the answer's parameters. Raises `Failure` for a refusal, or if no answer arrives in time.

        Requests with another state are ignored, and the waiting goes on.
        """
        self._server.expected_state = state
        deadline = time.monotonic() + seconds
        while not self._server.answered.is_set():
            if time.monotonic() > deadline:
                raise Failure(f"Nobody signed in within {seconds:.0f} seconds. Try again: sallyport login")
            self._server.handle_request()
        return _checked(self._server.answer or {})

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._server.server_close()


def listen(callback_urls: Sequence[str]) -> Listener:
    """Listen on the first free port among the registered callback addresses. Raises `Failure`."""
    places = [(url, urlsplit(url)) for url in callback_urls]
    ours = [(url, parts) for url, parts in places if parts.hostname in LOOPBACK and parts.port]
    if not ours:
        raise Failure("The pool has no callback address on this machine; see `callbackUrls` in the configuration")
    for url, parts in ours:
        if _answers_on_ipv6(int(parts.port or 0)):
            continue
        try:
            return Listener(url, _Server(int(parts.port or 0), parts.path))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise Failure(f"Port {parts.port} cannot be listened on: {error.strerror}") from None
    ports = ", ".join(str(parts.port) for _, parts in ours)
    raise Failure(f"The ports that the browser may come back to are taken, perhaps by sign-ins that wait: {ports}")


def _answers_on_ipv6(port: int) -> bool:
    """Return whether another program listens on `::1`, where `localhost` could lead the browser."""
    with contextlib.suppress(OSError), socket.create_connection(("::1", port), timeout=0.2):
        return True
    return False


class _Server(ThreadingHTTPServer):
    """An HTTP server with a thread for each connection, because browsers open some that stay silent."""

    daemon_threads = True
    block_on_close = False
    timeout = POLL_SECONDS
    allow_reuse_address = os.name == "posix"  # elsewhere it would let two programs listen on one port

    def __init__(self, port: int, path: str) -> None:
        self.path = path
        self.expected_state = ""
        self.answer: dict[str, str] | None = None
        self.answered = threading.Event()
        self._taking = threading.Lock()
        super().__init__((ADDRESS, port), _Handler)

    def take(self, parameters: dict[str, str]) -> bool:
        """Accept the parameters if they are the first with the expected state; return whether they were accepted."""
        state = parameters.get("state", "")
        is_ours = hmac.compare_digest(state.encode(errors="replace"), self.expected_state.encode())
        if not self.expected_state or not is_ours:
            return False
        with self._taking:
            is_first = self.answer is None
            if is_first:
                self.answer = parameters
            return is_first

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore the error: a browser may close its connection at any time."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """Answer the first request for the callback's path with the right state; any other gets 404."""
        parts = urlsplit(self.path)
        given = parse_qs(parts.query, keep_blank_values=True)
        is_plain = all(len(values) == 1 for values in given.values())  # RFC 6749 §3.1: no parameter more than once
        parameters = {name: values[0] for name, values in given.items()} if is_plain else {}
        if parts.path != self.server.path or not self.server.take(parameters):
            self.send_error(404)
            return
        try:
            self._show(*(DONE if "code" in parameters else NOT_DONE))
        finally:
            self.server.answered.set()

    def _show(self, title: str, text: str) -> None:
        self.send_response(200)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(PAGE.format(title=title, text=text).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the library's name
        """Log nothing, because the address holds the code."""


def _checked(answer: dict[str, str]) -> dict[str, str]:
    if answer.get("error") == "access_denied":
        raise Failure("The sign-in was cancelled in the browser")
    if "error" in answer:
        raise Failure(f"The pool refused: {_word(answer['error'])}")
    if "code" not in answer:
        raise Failure("The browser came back without a code; try again: sallyport login")
    return answer


def _word(text: str) -> str:
    """Return the error's code (RFC 6749 §4.1.2.1) without characters that a terminal would interpret."""
    return "".join(char for char in text if char.isalnum() or char in "_- ")[:64]
