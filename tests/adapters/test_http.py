"""handlers.adapters.http: the log line of a fault."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from handlers.adapters import http
from handlers.store.event_origin import origin

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


def test_a_handler_that_answers_with_anything_else_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(http, "ON_LAMBDA", False)

    answer = http.endpoint(lambda _: {"statusCode": 200})({"requestContext": {}}, None)  # type: ignore[arg-type, return-value]

    assert answer["statusCode"] == 500
    assert "tests.adapters.test_http answers with dict; return a Response" in capsys.readouterr().out


def test_on_lambda_it_is_the_type_and_the_place(capsys: pytest.CaptureFixture[str]) -> None:
    text = logged(capsys)

    assert len(text.splitlines()) == 1
    assert '"reason": "ValueError at tests.adapters.test_http:' in text
    assert SECRET not in text


def test_on_a_developers_machine_it_is_the_whole_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(http, "ON_LAMBDA", False)

    assert f"ValueError: {SECRET}" in logged(capsys)


def test_a_timeout_of_botocore_has_no_code(capsys: pytest.CaptureFixture[str]) -> None:
    """Its `response` is None."""

    def late(_: http.Request) -> http.Response:
        raise ReadTimeoutError(endpoint_url="https://example.com")

    assert http.endpoint(late)({}, None)["statusCode"] == 500
    assert "ReadTimeoutError at" in capsys.readouterr().out


def test_a_request_has_one_id_from_the_edge_to_the_event(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[str | None] = []

    def handle(_: http.Request) -> http.Response:
        seen.append(origin.get().request_id)
        return http.Response(204)

    edge_id = "z" * 54 + "=="
    event = {"requestContext": {"requestId": "AbCdEf="}, "headers": {"x-amz-cf-id": edge_id}}
    http.endpoint(handle)(event, SimpleNamespace(aws_request_id="of-lambda"))

    line = json.loads(capsys.readouterr().out)
    assert (line["request_id"], line["edge_id"], seen) == ("AbCdEf=", edge_id, ["AbCdEf="])


@pytest.mark.parametrize("given", ["", "x" * 57, "a b", "<script>", 7])
def test_what_is_no_id_of_the_edge_is_not_logged(given: Any, capsys: pytest.CaptureFixture[str]) -> None:
    http.log(
        "GET /me", 200, "ok", 0.0, SimpleNamespace(aws_request_id="of-lambda"), {"headers": {"x-amz-cf-id": given}}
    )

    line = json.loads(capsys.readouterr().out)
    assert (line["request_id"], "edge_id" in line) == ("of-lambda", False)
