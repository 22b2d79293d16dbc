"""handlers.store.aws.credentials"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from handlers.store.aws import NoAnswer
from handlers.store.aws.credentials import CredentialSource


class Container(HTTPServer):
    """Lambda's address of credentials, for functions that were restored from a snapshot."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.minutes, self.asked, self.text, self.status, self.target = 60, 0, "", 200, ""


class _Answers(BaseHTTPRequestHandler):
    server: Container

    def do_GET(self) -> None:
        self.server.asked += 1
        self.server.target = self.path
        is_known = self.headers["authorization"] == "the token"
        until = datetime.now(UTC) + timedelta(minutes=self.server.minutes)
        given = {"AccessKeyId": f"AKID{self.server.asked}", "SecretAccessKey": "s", "Token": "t"}
        body = self.server.text or json.dumps({**given, "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ")})
        self.send_response(self.server.status if is_known else 403)
        self.end_headers()
        self.wfile.write(body.encode() if is_known else b"")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def container(monkeypatch: pytest.MonkeyPatch) -> Iterator[Container]:
    with Container() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{server.server_port}/credentials")
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "the token")
        yield server
        server.shutdown()


def test_those_of_the_environment_are_read_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    source = CredentialSource()
    monkeypatch.delenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", raising=False)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    found = []
    for name in ("AKID1", "AKID2"):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", name)
        found.append(source.current().access_key_id)

    assert found == ["AKID1", "AKID2"]


def test_without_any_there_is_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.delenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", raising=False)

    with pytest.raises(NoAnswer, match="no credentials"):
        CredentialSource().current()


def test_those_of_the_container_are_kept_until_shortly_before_they_expire(container: Container) -> None:
    source = CredentialSource()

    assert {source.current().access_key_id for _ in range(3)} == {"AKID1"}

    container.minutes = 4
    source.renew()
    assert [source.current().access_key_id for _ in range(2)] == ["AKID2", "AKID3"]


def test_those_that_are_still_good_are_used_while_there_are_no_new_ones(container: Container) -> None:
    source, container.minutes = CredentialSource(), 4
    source.current()
    container.text = "{"

    assert source.current().access_key_id == "AKID1"


def test_a_source_that_fails_is_not_asked_at_every_call(container: Container) -> None:
    """It may be one that lets each call wait for a second."""
    source, container.minutes = CredentialSource(), 4
    source.current()
    container.text = "{"

    for _ in range(5):
        source.current()

    assert container.asked == 2


def test_those_that_aws_has_refused_are_renewed_and_kept_until_there_are_others(container: Container) -> None:
    source = CredentialSource()
    source.current()
    container.text = "{"
    source.renew()
    without = source.current()
    container.text = ""
    source.renew()

    assert (without.access_key_id, source.current().access_key_id) == ("AKID1", "AKID3")


def test_the_status_of_the_answer_counts(container: Container) -> None:
    container.status = 500

    with pytest.raises(NoAnswer, match="Status500"):
        CredentialSource().current()


def test_the_query_of_the_address_is_sent(container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"http://127.0.0.1:{container.server_port}?role=a"
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)

    CredentialSource().current()

    assert container.target == "/?role=a"


def test_malformed_credentials_are_not_named(container: Container) -> None:
    given = {"AccessKeyId": "a", "SecretAccessKey": "s", "Token": "hunter2\n", "Expiration": "2099-01-01T00:00:00Z"}
    container.text = json.dumps(given)

    with pytest.raises(NoAnswer) as malformed:
        CredentialSource().current()

    assert str(malformed.value) == "credentials: malformed"


NULLS = ['{"AccessKeyId": "a", "SecretAccessKey": null, "Token": "t"}', '{"AccessKeyId": "a", "SecretAccessKey": "s"}']


@pytest.mark.parametrize("text", ["", "[]", "{", "{}", '{"AccessKeyId": "a"}', *NULLS, "[" * 9_000])
def test_a_container_that_fails_is_no_answer(container: Container, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    container.text = text
    if not text:
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "another")

    with pytest.raises(NoAnswer):
        CredentialSource().current()


@pytest.mark.parametrize("url", ["http://127.0.0.1:x/", "http://127.0.0.1:99999/", "http://[::1"])
def test_an_address_that_is_none_is_no_answer(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)

    with pytest.raises(NoAnswer):
        CredentialSource().current()


@pytest.mark.parametrize("url", ["http://example.com/x", "https://127.0.0.1/x", "file:///etc/passwd"])
def test_the_token_goes_to_this_machine_alone(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)

    with pytest.raises(NoAnswer, match="another machine"):
        CredentialSource().current()
