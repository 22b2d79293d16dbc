"""Requests to the stack's API, and explanations of refused requests."""

import re
from collections.abc import Mapping
from typing import Any

import httpx

from sallyport.client import web
from sallyport.client.errors import Failure

SIGN_IN = {"session": "sallyport signin", "pool": "sallyport login", "trusted": "sallyport login"}

Outputs = Mapping[str, str]


def send(
    outputs: Outputs, method: str, path: str, token: str | None, data: bytes | None, headers: Mapping[str, str]
) -> httpx.Response:
    """Send a request to the stack's API and to no other host. Raises `Failure`."""
    if not path.startswith("/"):
        raise Failure(f"{path} is not a path of the API; write it like /orders")
    sent = {"content-type": "application/json"} if data is not None else {}
    sent |= {name.lower(): value for name, value in headers.items()}
    if token:
        sent["authorization"] = f"Bearer {token}"
    return web.request(method.upper(), f"{outputs['api_url']}{path}", content=data, headers=sent)


def explain(outputs: Outputs, answer: httpx.Response, scopes: set[str] | None, issuer: str | None) -> str | None:
    """Return what the refused request lacks, by the API's own description; None if the refusal has another reason.

    `scopes` and `issuer` (`api` or `pool`) are those of the token that was sent; None without a token.
    """
    if answer.status_code not in (401, 403):
        return None
    if web.code(answer) == "step_up_required":
        return "Authenticate again: sallyport stepup"
    asked = _asked(outputs, answer.request.method, answer.request.url.raw_path.decode())
    if not asked:
        return None
    scheme, wanted = asked
    command, either = SIGN_IN[scheme], " or ".join(sorted(wanted))
    if scopes is None:
        return f"It asks for {either}, and no token was sent. Sign in: {command}"
    if scheme == "session" and issuer != "api":
        return f"It takes tokens of the directory only. Sign in there: {command}"
    if scheme == "pool" and issuer == "api":
        return f"It takes tokens of the user pool only. Sign in there: {command}"
    if scopes.isdisjoint(wanted):
        held = " ".join(sorted(scopes)) or "no scope"
        return f"It asks for {either}; this token has {held}. {_with_scope(wanted, issuer)}"
    again = "signin" if issuer == "api" else "login"
    return f"The token is no longer good, or its user is not. Sign in again: sallyport {again}"


def scopes_of(token: str | None) -> set[str] | None:
    """Return the scopes in the unverified token; used only to explain a refusal, never for a decision."""
    if token is None:
        return None
    import jwt

    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return set(str(claims.get("scope", "")).split())


def _with_scope(wanted: set[str], issuer: str | None) -> str:
    if issuer != "pool":
        return "Sign in with it: sallyport login"
    return f"Sign in with it: sallyport login --scope openid --scope {min(wanted)}"


def _asked(outputs: Outputs, method: str, raw_path: str) -> tuple[str, set[str]] | None:
    """Return the route's security scheme and the scopes of which any one is enough."""
    prefix = httpx.URL(outputs["api_url"]).raw_path.decode().rstrip("/")
    path = raw_path.partition("?")[0].removeprefix(prefix)
    document = web.get_json(f"{outputs['api_url']}/openapi.json")
    for template, operations in document.get("paths", {}).items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and method.lower() in operations:
            security = operations[method.lower()]["security"]
            schemes = {scheme for one in security for scheme in one}
            return (
                (schemes.pop(), {scope for one in security for s in one.values() for scope in s}) if schemes else None
            )
    return None
