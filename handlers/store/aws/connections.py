"""Connections that are kept open, and requests over them: one answer or one `NoAnswer` each."""

import os
import select
import ssl
from collections import defaultdict, deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection, IncompleteRead
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from handlers.store.aws.errors import NoAnswer

CONNECT_SECONDS = 1
AMAZON_ROOTS = Path(__file__).with_name("amazon_roots.pem")
"""Source: Amazon Trust Services, "Root CAs": Amazon Root CA 1 to 4, Starfield Services Root CA G2."""


@dataclass(frozen=True)
class Answer:
    """The answer to a request. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


_idle: defaultdict[str, deque[HTTPConnection]] = defaultdict(deque)
"""Address → its open connections that no thread uses. The last one used is the next."""


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
        if response.length is None and not response.chunked:
            raise IncompleteRead(b"")  # headers that break off are the end of headers to http.client
        content = response.read()
        found = Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)
    except (OSError, HTTPException) as error:
        connection.close()
        raise NoAnswer(type(error).__name__) from None
    except BaseException:
        connection.close()  # half of its answer is still to come
        raise
    if response.will_close:
        connection.close()
    else:
        _idle[address].append(connection)
    return found


def connect(address: str) -> None:
    """Have an open connection for the next request. Raises `NoAnswer`."""
    if not _idle[address]:
        _idle[address].append(open_(address))


def open_(address: str) -> HTTPConnection:
    """Return a new connection. Raises `NoAnswer`."""
    url = urlsplit(address)
    host, port = url.hostname or "", url.port
    if url.scheme != "https":
        return _connected(HTTPConnection(host, port, timeout=CONNECT_SECONDS))
    for trusted in (_amazon, _system):
        with suppress(ssl.SSLCertVerificationError):
            return _connected(HTTPSConnection(host, port, timeout=CONNECT_SECONDS, context=trusted()))
    raise NoAnswer("SSLCertVerificationError")


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
    for connections in list(_idle.values()):
        while connections:
            connections.pop().close()


def _taken(address: str) -> HTTPConnection | None:
    """Return an idle connection that the server has not closed."""
    while True:
        try:
            connection = _idle[address].pop()
        except IndexError:
            return None
        if not _is_readable(connection.sock):
            return connection
        connection.close()  # the server has closed it, or has said what nobody asked


def _is_readable(socket: Any) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


@cache
def _amazon() -> ssl.SSLContext:
    """Return what trusts the roots of AWS's own certificates: five, where a system has some 140, for 20 ms less."""
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or str(AMAZON_ROOTS))


@cache
def _system() -> ssl.SSLContext:
    """Return what trusts the system's roots, as boto3 does, in case that AWS takes another root one day."""
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
