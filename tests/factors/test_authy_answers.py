"""Authy's answers that are wrong, broken or late, and their handling."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import requests

from tests.factors.conftest import FAULTS
from tests.support.account import Account, new_phone


def answered(status: int, body: object, headers: dict[str, str] | None = None) -> requests.Response:
    """Return an answer in its form on the network."""
    answer = requests.Response()
    answer.status_code, answer._content = status, json.dumps(body).encode()
    answer.headers.update(headers or {})
    return answer


@contextmanager
def broken_provider() -> Iterator[str]:
    """Says yes to one request, with a header that is none; answers its address."""
    body = b'{"message":"Token is valid.","token":"is valid","success":"true"}'
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\nnone\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with server.accept()[0] as connection:
                connection.recv(4096)
                connection.sendall(head.encode() + body)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    "body",
    [
        {"user": None, "success": True},
        {"user": [], "success": True},
        {"user": {"id": None}, "success": True},
        {"user": {"id": "../1"}, "success": True},
        [],
        "text",
    ],
)
def test_an_answer_that_is_none_is_a_fault(account: Account, body: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though it is good JSON."""
    account.prove_mailbox()
    monkeypatch.setattr("requests.request", lambda *_, **__: answered(200, body))

    answer = account.enrol_phone("authy", new_phone())

    assert (answer.status, answer.body["code"]) == (502, "provider_failed")


@pytest.mark.parametrize("seconds", ["soon", "²", "-1", ""])
def test_a_wait_that_is_no_number_is_a_minute(account: Account, seconds: str, monkeypatch: pytest.MonkeyPatch) -> None:
    account.prove_mailbox()
    monkeypatch.setattr("requests.request", lambda *_, **__: answered(429, {}, {"retry-after": seconds}))

    answer = account.enrol_phone("authy", new_phone())

    assert (answer.status, answer.headers["retry-after"]) == (429, "60")


def test_a_code_is_in_no_log_though_the_provider_answers_with_a_broken_header(
    account: Account, phone: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """urllib3 warns of it, with the address that was asked: the code is in its path."""
    account.add_phone("authy", phone)
    challenge_id = account.challenge()
    authy = account.handlers.module("verify_factor").SERVICES.factor_types["authy"]._authy
    with broken_provider() as url:
        monkeypatch.setattr(authy.client.tokens, "api_uri", url)
        answer = account.verify(challenge_id, "authy", "7654321")

    assert answer.status == 200
    assert "7654321" not in caplog.text


def test_a_code_that_authy_takes_twice_we_take_once(
    account: Account, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.add_phone("authy", phone)
    authy = account.handlers.module("verify_factor").SERVICES.factor_types["authy"]._authy
    monkeypatch.setattr(authy, "is_valid", lambda *_: True)

    answers = [account.verify(account.challenge(), "authy", "7654321").status for _ in range(2)]

    assert answers == [200, 401]


@pytest.mark.parametrize("content", [{"success": "true"}, {"success": "true", "token": "is invalid"}, {"token": True}])
def test_only_the_exact_answer_is_a_yes(
    account: Account, phone: str, content: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A status of 200 alone says nothing."""
    account.add_phone("authy", phone)
    authy = account.handlers.module("verify_factor").SERVICES.factor_types["authy"]._authy
    said = SimpleNamespace(content=content, response=SimpleNamespace(status_code=200, headers={}))
    monkeypatch.setattr(authy.client.tokens, "verify", lambda *_: said)

    assert account.verify(account.challenge(), "authy", "7654321").status == 401


def test_a_new_key_is_taken(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """As soon as the credentials hold it, which are read again when they are an hour old."""
    authy = account.handlers.module("enrol_factor").SERVICES.factor_types["authy"]._authy
    before = authy.client
    monkeypatch.setattr(authy, "_credentials", {"api_key": "another"})

    assert authy.client is not before
    assert authy.client.api_key == "another"


@pytest.mark.parametrize(("fault", "status", "code"), FAULTS)
def test_every_fault_at_every_step_changes_nothing(
    account: Account, phone: str, fault: str, status: int, code: str
) -> None:
    """A clear answer at each step; then everything works as if nothing had been, and recovery codes did all along."""
    app = account.add_totp()
    account.claims["amr"] = ["pwd", "otp", "mfa"]
    codes = account.call("make_recovery_codes").body["codes"]
    providers = account.providers
    with providers.fault(fault, "authy"):
        answer = account.enrol_phone("authy", phone)
        assert (answer.status, answer.body["code"]) == (status, code)
    account.add_phone("authy", phone)

    providers.forget_waits(account)
    challenge_id = account.challenge()
    account.start(challenge_id, "authy", "push")
    with providers.fault(fault, "authy"):
        steps = [
            account.start(challenge_id, "authy", "sms"),
            account.verify(challenge_id, "authy", "1234567"),
            account.verify(challenge_id, "authy"),
            account.call("show_factor", factor_id="authy"),
            account.call("factor_qr", factor_id="authy"),
            account.call("remove_factor", factor_id="authy"),
        ]
        assert {(step.status, step.body["code"]) for step in steps} == {(status, code)}
        assert account.verify(account.challenge(), "recovery", codes[0]).status == 200
    assert app
    providers.forget_waits(account)
    challenge_id = account.challenge()
    assert account.start(challenge_id, "authy", "sms").status == 202
    assert account.verify(challenge_id, "authy", providers.code(phone)).status == 200
    assert account.call("remove_factor", factor_id="authy").status == 204
    assert not [user for user in providers.users() if user["phone"] == phone]


def test_a_provider_that_nobody_reaches_is_out_of_reach(
    account: Account, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    authy = account.handlers.module("enrol_factor").SERVICES.factor_types["authy"]._authy
    monkeypatch.setattr(authy.client.users, "api_uri", "http://127.0.0.1:9")

    answer = account.enrol_phone("authy", phone)

    assert (answer.status, answer.body["code"]) == (503, "provider_unavailable")
    assert answer.headers["retry-after"] == "30"
