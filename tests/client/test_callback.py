"""sallyport.client.auth.callback: the loopback address to which the browser returns."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import pytest

from sallyport.client.auth import callback
from sallyport.client.errors import Failure
from tests.client.page_visitor import SECONDS
from tests.local.test_cloud import free_port


@pytest.fixture
def urls() -> list[str]:
    return [f"http://localhost:{free_port()}/callback" for _ in range(2)]


def port_of(url: str) -> int:
    return int(urlsplit(url).port or 0)


@pytest.fixture
def taken(urls: list[str]) -> Iterator[None]:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", port_of(urls[0])))
        other.listen()
        yield


def test_a_port_that_is_taken_is_passed_over(urls: list[str], taken: None) -> None:
    with callback.listen(urls) as listener:
        assert listener.redirect_uri == urls[1]


def test_when_all_ports_are_taken_they_are_named(urls: list[str], taken: None) -> None:
    with pytest.raises(Failure, match=rf"that wait: {port_of(urls[0])}$"):
        callback.listen(urls[:1])
    with pytest.raises(Failure, match="callbackUrls"):
        callback.listen(["https://app.example.com/callback"])


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no second loopback address")
def test_a_port_where_localhost_could_mean_somebody_else_is_passed_over(urls: list[str]) -> None:
    with closing(socket.socket(socket.AF_INET6)) as other:
        try:
            other.bind(("::1", port_of(urls[0])))
        except OSError:
            pytest.skip("this machine has no second loopback address")
        other.listen()
        with callback.listen(urls) as listener:
            assert listener.redirect_uri == urls[1]


def test_it_listens_on_loopback_alone_and_answers_once(urls: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    """Silent connections, other paths and a second answer change nothing; nothing is printed."""
    base = f"http://127.0.0.1:{port_of(urls[0])}"
    with callback.listen(urls) as listener:
        assert listener._server.server_address[0] == "127.0.0.1"
        found: list[dict[str, str]] = []
        waiter = threading.Thread(target=lambda: found.append(listener.wait("right", SECONDS)))
        waiter.start()
        with socket.create_connection(("127.0.0.1", port_of(urls[0]))):
            assert httpx.get(f"{base}/favicon.ico").status_code == 404
            assert httpx.post(f"{base}/callback?code=c&state=right").status_code == 501
            assert httpx.get(f"{base}/callback?code=c&state=right").status_code == 200
        waiter.join(SECONDS)

    assert found == [{"code": "c", "state": "right"}]
    assert capfd.readouterr() == ("", "")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{base}/callback?code=c&state=right")


@pytest.mark.parametrize(
    "query",
    [
        "code=evil&state=wrong",
        "code=evil",
        "code=evil&state=",
        "error=access_denied&state=wrong",
        "error=access_denied",
        "code=c&state=right&state=right",
        "code=c&code=d&state=right",
        "",
    ],
)
def test_what_has_another_state_or_says_something_twice_is_waited_past(urls: list[str], query: str) -> None:
    """Any page can send the browser here: it must neither sign anybody in nor end the sign-in that is under way."""
    base = f"http://127.0.0.1:{port_of(urls[0])}/callback"
    found: list[dict[str, str]] = []
    with callback.listen(urls) as listener:
        waiter = threading.Thread(target=lambda: found.append(listener.wait("right", SECONDS)))
        waiter.start()
        assert httpx.get(f"{base}?{query}").status_code == 404
        assert httpx.get(f"{base}?code=good&state=right").status_code == 200
        waiter.join(SECONDS)

    assert found == [{"code": "good", "state": "right"}]


def test_the_first_answer_is_the_only_one(urls: list[str]) -> None:
    with callback.listen(urls) as listener:
        assert not listener._server.take({"code": "early"}), "nobody has asked yet"
        assert not listener._server.take({"code": "early", "state": ""})
        listener._server.expected_state = "right"
        assert listener._server.take({"code": "first", "state": "right"})
        assert not listener._server.take({"code": "second", "state": "right"})
