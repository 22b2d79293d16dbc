"""The OpenAPI 3.1 document, made from the route table and the bodies."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import msgspec

from contract import requests, responses
from contract.applications import APPLICATIONS
from contract.limits import MAX_BODY_BYTES
from contract.route import Parameter, PoolScopes, Public, Route, Session, Trusted
from contract.routes import ROUTES

REASONS = {
    200: "Done",
    201: "Created",
    202: "Accepted; it is not finished yet",
    204: "Done, nothing to say",
    400: "The request is not what this route takes",
    401: "Not signed in, or the credentials are wrong, or the sign-in is too old or too weak (`step_up_required`)",
    403: "Not allowed, or the token is no longer good: refresh it",
    404: "There is no such thing, or it is not the caller's, or the stack does not offer it",
    409: "There is one already, or it is needed",
    413: f"The body is larger than {MAX_BODY_BYTES} bytes",
    422: "The key of this request was used for another one",
    429: "Too many of these, of this caller or of all; `Retry-After`, where it is there, says when to try again",
    500: "A fault of the stack's own",
    502: "A provider has failed",
    503: "Too many requests for the same thing at once, or a provider is out of reach; try again",
}
ALWAYS = (403, 429, 500, 503)
"""403: past the site, in a stack with a domain.
429: a limit of API Gateway's or our own. 503: contention (`try_again`), a provider, or API Gateway."""
OF_BODIES = (400, 413)
OF_GUARDS = (401,)

HEADERS: dict[str, dict[str, Any]] = {
    "Content-Security-Policy": {"description": "CSP Level 3", "schema": {"type": "string"}},
    "Location": {"description": "Where the new thing is", "schema": {"type": "string"}},
    "Preference-Applied": {"description": "RFC 7240 §3", "schema": {"const": "respond-async"}},
    "Referrer-Policy": {"description": "No address goes elsewhere", "schema": {"const": "no-referrer"}},
    "Retry-After": {"description": "In seconds", "schema": {"type": "integer", "minimum": 1}},
    "Set-Cookie": {
        "description": "The cookies `__Host-device`, for the limits, and `__Secure-refresh`",
        "schema": {"type": "string"},
    },
    "X-Content-Type-Options": {"description": "Fetch Standard", "schema": {"const": "nosniff"}},
    "WWW-Authenticate": {"description": "RFC 6750 §3, RFC 9470 §3", "schema": {"type": "string"}},
}
BY_STATUS = {401: ("WWW-Authenticate",), 403: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}

SECURITY_SCHEMES = {
    "session": "An access token of this API's own issuer (RFC 9068), of a session that has not ended",
    "pool": "An access token of the stack's Cognito user pool",
    "trusted": "An access token of this API's own issuer, of the user pool, or of another issuer that the stack trusts",
}

TAGS = {
    "/signup": "Signing up",
    "/signin": "Signing in",
    "/stepup": "Signing in",
    "/password": "Password",
    "/refresh": "Session",
    "/signout": "Session",
    "/me/factors": "Second factors",
    "/me/recovery-codes": "Second factors",
    "/me": "Account",
    "/undo": "Account",
    "/.well-known": "Metadata",
    "/openapi.json": "Metadata",
}
"""Beginning of a path → the group of its operations; others are named after their first part."""


def document() -> dict[str, Any]:
    """Return the whole document, ready for `json.dumps`. Addresses are relative to the document's own."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sallyport", "version": "1", "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": ".", "description": "Where this document is served"}],
        "tags": [{"name": name} for name in dict.fromkeys(map(_tag, ROUTES))],
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "headers": HEADERS,
            "securitySchemes": {
                name: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": what}
                for name, what in SECURITY_SCHEMES.items()
            },
        },
    }


def answers_of(route: Route) -> dict[int, str | None]:
    """Return status → name of the struct of the body, for every answer of the route."""
    implied = [*ALWAYS, *(OF_BODIES if route.body else ()), *(() if isinstance(route.guard, Public) else OF_GUARDS)]
    return dict(sorted({**dict.fromkeys(implied, "Problem"), **route.answers}.items()))


def struct(name: str) -> type[msgspec.Struct]:
    """Return the struct that a route names. Raises `LookupError`."""
    modules = [requests, responses, *(import_module(one.bodies) for one in APPLICATIONS if one.bodies)]
    found: list[type[msgspec.Struct]] = [getattr(module, name) for module in modules if hasattr(module, name)]
    if not found:
        raise LookupError(f"no module of the contract has a struct {name}")
    return found[0]


def _schemas() -> dict[str, Any]:
    named = {route.body for route in ROUTES} | {name for route in ROUTES for name in answers_of(route).values()}
    structs = [struct(name) for name in sorted(name for name in named if name)]
    _, schemas = msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")
    for one in structs:
        if issubclass(one, requests.Request):
            schemas[one.__name__] |= _combinations(one)
    return schemas


def _combinations(struct: type[requests.Request]) -> dict[str, Any]:
    """Return the rules of which fields go together, in JSON Schema."""
    pairs = [{"required": [name, other]} for name, others in struct.excludes.items() for other in others]
    needs = {"dependentRequired": {name: list(others) for name, others in struct.needs.items()}}
    return {**(needs if struct.needs else {}), **({"not": {"anyOf": pairs}} if pairs else {})}


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return paths


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [_tag(route)],
        "summary": route.summary,
        "security": _security(route),
        "responses": {str(status): _response(route, status, name) for status, name in answers_of(route).items()},
    }
    parameters = [*_of_path(route), *map(_parameter, route.parameters)]
    if parameters:
        operation["parameters"] = parameters
    if route.body:
        operation["requestBody"] = {"required": True, "content": _content(route.body)}
    return operation


def _tag(route: Route) -> str:
    beginnings = [one for one in TAGS if f"{route.path}/".startswith(f"{one}/")]
    return TAGS[max(beginnings, key=len)] if beginnings else route.path.split("/")[1].capitalize()


def _of_path(route: Route) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"\{(\w+)\}", route.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _parameter(one: Parameter) -> dict[str, Any]:
    return {"name": one.name, "in": one.where, "description": one.description, "schema": dict(one.schema)}


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


def _response(route: Route, status: int, name: str | None) -> dict[str, Any]:
    response: dict[str, Any] = {"description": REASONS[status]}
    headers = (*BY_STATUS.get(status, ()), *route.headers.get(status, ()))
    if headers:
        response["headers"] = {one: {"$ref": f"#/components/headers/{one}"} for one in headers}
    if name:
        response["content"] = _content(name)
    return response


def _content(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
