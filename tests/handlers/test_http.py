"""handlers.http: what a fault leaves in the log."""

from typing import Any

import pytest

from handlers import http

SECRET = "hunter2-hunter2"


@http.endpoint
def fails(_: http.Request) -> http.Response:
    raise ValueError(SECRET)


def logged(capsys: pytest.CaptureFixture[str]) -> str:
    event: dict[str, Any] = {"routeKey": "GET /fails", "requestContext": {}}
    answer = fails(event, None)
    assert answer["statusCode"] == 500
    assert SECRET not in answer["body"]
    return capsys.readouterr().out


def test_on_lambda_it_is_the_type_and_the_place(capsys: pytest.CaptureFixture[str]) -> None:
    text = logged(capsys)

    assert len(text.splitlines()) == 1
    assert '"reason": "ValueError at tests.handlers.test_http:' in text
    assert SECRET not in text


def test_on_a_developers_machine_it_is_the_whole_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(http, "ON_LAMBDA", False)

    assert f"ValueError: {SECRET}" in logged(capsys)
