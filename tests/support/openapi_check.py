"""The check of every answer of a handler in the tests' process against the OpenAPI document.

No status, field or header comes that the document does not promise. Accepted requests are held against it too, so that
it forbids nothing that is allowed.
"""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from contract import openapi
from contract.route import Route
from contract.routes import ROUTES

BY_KEY = {route.key: route for route in ROUTES}
OF_EVERY_ANSWER = {"cache-control", "content-type"}


def install() -> None:
    """Check every answer from now on, of routes in the route table."""
    from handlers.adapters import http  # it reads the environment when it is imported

    answer = http._answer

    def checked(handle: Callable[[Any], http.Response], request: http.Request) -> http.Response:
        response = answer(handle, request)
        route = BY_KEY.get(request.event.get("routeKey") or "")
        if route is not None:
            check(route, request.event.get("body") or "", http._to_gateway(response))
        return response

    http._answer = checked


def check(route: Route, sent: str, answer: dict[str, Any]) -> None:
    """Raise `AssertionError` for an answer that the document does not allow."""
    status, text = answer["statusCode"], answer.get("body", "")
    operation = document()["paths"][route.path][route.method.lower()]
    assert str(status) in operation["responses"], f"{route.key} answers {status}, which is not in the document"
    response = operation["responses"][str(status)]
    _check_headers(route, response, answer)
    content = response.get("content")
    if content:
        _check_body(f"{route.key} answers {status}", content, text)
    else:
        assert not text or route.path in ("/openapi.json", "/undo"), f"{route.key} answers {status} with a body"
    if status < 400 and "requestBody" in operation:
        _check_body(f"{route.key} takes", operation["requestBody"]["content"], sent)


@cache
def document() -> dict[str, Any]:
    """Return the document as deployed."""
    return openapi.document()


def problems(schema: dict[str, Any], value: Any) -> list[str]:
    """Return the faults of a value, in a sentence each."""
    whole = {**schema, "components": document()["components"]}
    validator = Draft202012Validator(whole, format_checker=FormatChecker())
    error = best_match(validator.iter_errors(value))
    return [f"{error.json_path}: {error.message}"] if error else []


def _check_body(what: str, content: dict[str, Any], text: str) -> None:
    schema, value = content["application/json"]["schema"], json.loads(text)
    assert not problems(schema, value), f"{what} {problems(schema, value)}"
    name = schema["$ref"].rsplit("/", 1)[1]
    known = document()["components"]["schemas"][name]["properties"]
    assert name == "Problem" or set(value) <= set(known), f"{what} with {set(value) - set(known)}"


def _check_headers(route: Route, response: dict[str, Any], answer: dict[str, Any]) -> None:
    given = {name.lower() for name in answer["headers"]} | ({"set-cookie"} if answer.get("cookies") else set())
    known = OF_EVERY_ANSWER | {name.lower() for name in response.get("headers", {})}
    assert given <= known, f"{route.key} answers {answer['statusCode']} with {given - known}"
