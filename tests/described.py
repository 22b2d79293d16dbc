"""Every answer that a test gets from a handler is held against the OpenAPI document: nothing comes that it does not
promise. Requests that were taken are held against it too: it forbids nothing that is allowed.
"""

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from contract import openapi
from contract.route import Route

OF_EVERY_ANSWER = {"cache-control", "content-type"}


def check(route: Route, sent: str, answer: dict[str, Any]) -> None:
    """Raise `AssertionError` for what the document does not say."""
    status, text = answer["statusCode"], answer.get("body", "")
    operation = document()["paths"][route.path][route.method.lower()]
    assert str(status) in operation["responses"], f"{route.key} answers {status}, which is not in the document"
    response = operation["responses"][str(status)]
    _check_headers(route, response, answer)
    content = response.get("content")
    if content:
        _check_body(f"{route.key} answers {status}", content, text)
    else:
        assert not text or route.path == "/openapi.json", f"{route.key} answers {status} with a body"
    if status < 400 and "requestBody" in operation:
        _check_body(f"{route.key} takes", operation["requestBody"]["content"], sent)


@cache
def document() -> dict[str, Any]:
    """As it is deployed."""
    return openapi.document()


def problems(schema: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with a value, in a sentence each."""
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
