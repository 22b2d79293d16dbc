"""The OpenAPI document: valid, whole, and what the server does. `tests.support.openapi_check` checks every answer."""

import json
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate

from contract import openapi, responses
from contract.route import Public
from contract.routes import ROUTES
from tests.proofs.test_bad_input import COMBINATIONS, GOOD
from tests.support import openapi_check
from tests.support.handlers import PASSWORD, ROWS, Handlers

DOCUMENT = openapi.document()
OPERATIONS = {route.name: DOCUMENT["paths"][route.path][route.method.lower()] for route in ROUTES}


def test_it_is_a_valid_document() -> None:
    validate(DOCUMENT)


def test_the_deployed_one_is_this_one(outputs: dict[str, str]) -> None:
    deployed = httpx.get(f"{outputs['api_url']}/openapi.json", timeout=60)

    assert deployed.json() == json.loads(json.dumps(DOCUMENT))
    server = deployed.json()["servers"][0]["url"]
    assert str(deployed.request.url.join(server)) == f"{outputs['api_url']}/"


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_what_may_come_of_it(name: str) -> None:
    route, operation = ROWS[name], OPERATIONS[name]
    statuses = set(operation["responses"])

    assert {"429", "500", "503"} <= statuses
    assert {"400", "413"} <= statuses or not route.body
    assert {"401", "403"} <= statuses or isinstance(route.guard, Public)
    assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}
    assert "Retry-After" in operation["responses"]["429"]["headers"]
    schemes = {scheme for one in operation["security"] for scheme in one}
    assert schemes <= set(DOCUMENT["components"]["securitySchemes"])


def test_orders_say_their_parameters() -> None:
    def named(name: str) -> set[tuple[str, str]]:
        return {(one["in"], one["name"]) for one in OPERATIONS[name]["parameters"]}

    assert named("create_order") == {("header", "Prefer"), ("header", "Idempotency-Key")}
    assert named("list_orders") == {("query", "limit"), ("query", "cursor")}
    assert named("show_order") == {("path", "id")}


@pytest.mark.parametrize(("name", "body", "_"), COMBINATIONS)
def test_fields_that_do_not_go_together_are_refused_by_the_document_too(
    name: str, body: dict[str, Any], _: str
) -> None:
    schema = OPERATIONS[name]["requestBody"]["content"]["application/json"]["schema"]

    assert openapi_check.problems(schema, body)
    assert not openapi_check.problems(schema, {**GOOD[name], **({"code": "12345678"} if "code" in GOOD[name] else {})})


@pytest.mark.parametrize("length", [14, 15])
def test_a_password_is_as_long_as_the_document_says(handlers: Handlers, length: int) -> None:
    body = {"email": "nobody@example.com", "password": "violet-otter-7q!"[:length].ljust(length, "z")}
    schema = OPERATIONS["signup"]["requestBody"]["content"]["application/json"]["schema"]

    answer = handlers.call("signup", body)

    assert bool(openapi_check.problems(schema, body)) is (length < 15)
    assert (answer.body.get("code") == "weak_password" and "15" in answer.text) is (length < 15)
    assert not openapi_check.problems(schema, {**body, "password": PASSWORD})


def test_a_check_that_finds_nothing_is_none(handlers: Handlers) -> None:
    """What `tests.support.openapi_check` would let through."""
    route, good = ROWS["signin"], {"statusCode": 200, "headers": {}, "body": json.dumps(_tokens())}
    sent = json.dumps({"email": "a@example.com", "password": "x"})
    openapi_check.check(route, sent, good)

    for wrong in (
        {**good, "statusCode": 418},
        {**good, "body": json.dumps({**_tokens(), "expires_in": "soon"})},
        {**good, "body": json.dumps({**_tokens(), "more": 1})},
        {**good, "body": "{}"},
        {**good, "headers": {"x-more": "1"}},
    ):
        with pytest.raises(AssertionError):
            openapi_check.check(route, sent, wrong)
    with pytest.raises(AssertionError):
        openapi_check.check(route, "{}", good)


def _tokens() -> dict[str, Any]:
    return dict.fromkeys(responses.Tokens.__struct_fields__, "x") | {"expires_in": 900}
