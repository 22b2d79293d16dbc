"""The OpenAPI 3.1 document, made from the route table and the bodies."""

import re
from typing import Any

import msgspec

from contract import bodies
from contract.route import PoolScopes, Public, Route, Session, Trusted
from contract.routes import ROUTES

REASONS = {
    200: "Done",
    201: "Created",
    202: "Accepted; it is not finished yet",
    204: "Done, nothing to say",
    400: "The request is not what this route takes",
    401: "Not signed in, or the credentials are wrong",
    403: "Signed in, but not allowed, or the token is no longer good",
    404: "There is no such thing, or it is not the caller's",
    409: "There is one already",
    422: "The key of this request was used for another one",
    429: "Too many of these; `retry-after` says when to try again",
    502: "A provider has failed",
    503: "A provider is out of reach; try again",
}


def document() -> dict[str, Any]:
    """The whole document, ready for `json.dumps`."""
    structs = sorted(_body_names())
    _, schemas = msgspec.json.schema_components(
        [getattr(bodies, name) for name in structs], ref_template="#/components/schemas/{name}"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sallyport", "version": "1", "license": {"name": "Apache-2.0"}},
        "paths": _paths(),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "session": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "pool": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "trusted": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    }


def _body_names() -> set[str]:
    named = {route.body for route in ROUTES} | {name for route in ROUTES for name in route.answers.values()}
    return {name for name in named if name}


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return paths


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "security": _security(route),
        "responses": {str(status): _response(status, name) for status, name in route.answers.items()},
    }
    names = re.findall(r"\{(\w+)\}", route.path)
    if names:
        schema = {"type": "string"}
        operation["parameters"] = [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]
    if route.body:
        operation["requestBody"] = {"required": True, "content": _content(route.body)}
    return operation


def _security(route: Route) -> list[dict[str, list[str]]]:
    match route.guard:
        case Public():
            return []
        case Session(scopes=scopes):
            return [{"session": [scope]} for scope in scopes]
        case Trusted(scopes):
            return [{"trusted": [scope]} for scope in scopes]
        case PoolScopes(scopes):
            return [{"pool": [scope]} for scope in scopes]


def _response(status: int, name: str | None) -> dict[str, Any]:
    response: dict[str, Any] = {"description": REASONS[status]}
    if name:
        response["content"] = _content(name)
    return response


def _content(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
