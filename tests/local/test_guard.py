"""local/server/guard.py: web pages cannot use the embedded AWS."""

import socket

import httpx
import pytest

from client.stack import LocalStack

EVIL = {"Origin": "https://evil.example"}


@pytest.mark.parametrize(
    "headers",
    [
        EVIL,
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
    ],
)
@pytest.mark.parametrize("path", ["/_ministack/ses/messages", "/2015-03-31/functions", "/_ministack/health", "/"])
def test_what_a_browser_sends_for_another_site_is_refused(
    stack: LocalStack, headers: dict[str, str], path: str
) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = httpx.request(method, f"{stack.cloud.url}{path}", headers=headers, timeout=10)
        assert (answer.status_code, answer.content) == (403, b"")
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/_ministack/reset", "/_ministack/config"])
def test_nobody_resets_it_over_the_network(stack: LocalStack, path: str) -> None:
    assert httpx.post(f"{stack.cloud.url}{path}", timeout=10).status_code == 403


def test_the_api_may_be_called_from_pages_by_its_own_rules(stack: LocalStack, outputs: dict[str, str]) -> None:
    answer = httpx.get(f"{outputs['api_url']}/openapi.json", headers=EVIL, timeout=30)

    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


def test_websockets_of_foreign_pages_are_refused(stack: LocalStack) -> None:
    with socket.create_connection(("127.0.0.1", stack.cloud.port), timeout=10) as connection:
        connection.sendall(
            b"GET /_aws/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert b" 403 " in connection.recv(1024).split(b"\r\n")[0]


def test_a_function_that_does_not_start_is_a_bare_500(stack: LocalStack, outputs: dict[str, str]) -> None:
    lambda_ = stack.aws("lambda")
    name = next(entry.id for entry in stack.functions().values() if entry.name == "openapi-function")
    lambda_.update_function_configuration(FunctionName=name, Handler="handlers.nothing.handler")
    try:
        answer = httpx.get(f"{outputs['api_url']}/openapi.json", timeout=30)
    finally:
        lambda_.update_function_configuration(FunctionName=name, Handler="handlers.openapi.handler")

    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})
    assert "handlers.nothing" in stack.cloud.log.read_text()
