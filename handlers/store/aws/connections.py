"""Connections that are kept open, and requests over them: one answer or one `NoAnswer` each."""

import os
import ssl
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection, IncompleteRead
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from handlers.store.aws.errors import NoAnswer

CONNECT_SECONDS = 1
MOST_IDLE_SECONDS = 60
AMAZON_ROOTS = Path(__file__).with_name("amazon_roots.pem")
"""Source: Amazon Trust Services, "Root CAs": Amazon Root CA 1 to 4, Starfield Services Root CA G2."""


@dataclass(frozen=True)
class Answer:
    """The answer to a request. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


_idle: defaultdict[str, deque[tuple[HTTPConnection, float]]] = defaultdict(deque)
"""Address → its open connections that no thread uses, and since when in Unix seconds. The last one used is the next."""
os.register_at_fork(after_in_child=_idle.clear)  # two processes on one connection would get each other's answers


def exchange(address: str, method: str, target: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Answer:
    """Return the answer of a server. Raises `NoAnswer` unless the answer is whole.

    Args:
        address: the server, such as `https://kms.us-east-1.amazonaws.com`.
        target: path and query.
        seconds: the longest wait for each part of the answer.
    """
    connection = _taken(address) or open_(address)
    try:
        connection.sock.settimeout(seconds)
        connection.request(method, target, body, dict(headers))
        response = connection.getresponse()
        if response.status < 200:  # an interim answer; http.client waits for the final one after 100 alone
            raise IncompleteRead(b"")
        if response.msg.defects or (response.length is None and not response.chunked):
            raise IncompleteRead(b"")  # headers that break off are the end of headers to http.client
        content = response.read()
        found = Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)
    except (OSError, HTTPException, ValueError, OverflowError) as error:  # the last two: of the sizes of chunks
        connection.close()
        _close_idle(address)  # they are older, so the repetition might meet the same fault
        raise NoAnswer(type(error).__name__) from None
    except BaseException:
        connection.close()  # half of its answer is still to come
        raise
    if response.will_close:
        connection.close()
    else:
        _idle[address].append((connection, time.time()))
    return found


def connect(address: str) -> None:
    """Have an open connection for the next request. Raises `NoAnswer`."""
    if not _idle[address]:
        _idle[address].append((open_(address), time.time()))


def open_(address: str) -> HTTPConnection:
    """Return a new connection. Raises `NoAnswer`."""
    url = urlsplit(address)
    host, port = url.hostname or "", url.port
    if url.scheme != "https":
        return _connected(HTTPConnection(host, port, timeout=CONNECT_SECONDS))
    for trusted in (_amazon, _system):
        with suppress(ssl.SSLCertVerificationError):
            return _connected(HTTPSConnection(host, port, timeout=CONNECT_SECONDS, context=_loaded(trusted)))
    raise NoAnswer("SSLCertVerificationError")


def _loaded(trusted: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    try:
        return trusted()
    except OSError as error:  # no such file, or one that holds no certificates
        raise NoAnswer(type(error).__name__) from None


def _connected(connection: HTTPConnection) -> HTTPConnection:
    try:
        connection.connect()
    except ssl.SSLCertVerificationError:
        connection.close()
        raise
    except OSError as error:
        connection.close()
        raise NoAnswer(type(error).__name__) from None
    return connection


def close_all() -> None:
    """Close the connections that are idle."""
    for address in list(_idle):
        _close_idle(address)


def _close_idle(address: str) -> None:
    with suppress(IndexError):  # of a deque that is empty, perhaps by another thread
        while True:
            _idle[address].pop()[0].close()


def _taken(address: str) -> HTTPConnection | None:
    """Return an idle connection that the server has not closed.

    The wall clock counts, because a monotonic one stands still while Lambda has frozen the function, and whatever is
    between it and the server may have forgotten the connection meanwhile.
    """
    while True:
        try:
            connection, since = _idle[address].pop()
        except IndexError:
            return None
        if 0 <= time.time() - since < MOST_IDLE_SECONDS and _is_quiet(connection.sock):
            return connection
        connection.close()


def _is_quiet(socket: Any) -> bool:
    """Return whether the server has neither closed the connection nor said what nobody asked.

    Tickets for later sessions, which TLS 1.3 sends after the handshake, are taken in by this.
    """
    socket.settimeout(0)
    try:
        socket.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    return False


@cache
def _amazon() -> ssl.SSLContext:
    """Return what trusts the roots of AWS's own certificates: five, where a system has some 140, for 20 ms less."""
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or str(AMAZON_ROOTS))


@cache
def _system() -> ssl.SSLContext:
    """Return what trusts the system's roots, in case that AWS takes another root one day."""
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
