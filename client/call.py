"""Calling the stack's API, and saying in a sentence what a refusal lacks."""

import re
from collections.abc import Mapping
from typing import Any

import httpx

from client import oauth
from client.errors import Failure

SIGN_IN = {"session": "sallyport signin", "pool": "sallyport login", "trusted": "sallyport login"}

Outputs = Mapping[str, str]


def send(
    outputs: Outputs, method: str, path: str, token: str | None, data: bytes | None, headers: Mapping[str, str]
) -> httpx.Response:
    """One request to the stack's API and nowhere else. Raises `Failure`."""
    if not path.startswith("/"):
        raise Failure(f"{path} is not a path of the API; it would begin with /")
    sent = {"content-type": "application/json"} if data is not None else {}
    sent |= {name.lower(): value for name, value in headers.items()}
    if token:
        sent["authorization"] = f"Bearer {token}"
    return httpx.request(
        method.upper(), f"{outputs['api_url']}{path}", content=data, headers=sent, timeout=oauth.TIMEOUT_SECONDS
    )


def explain(outputs: Outputs, answer: httpx.Response, scopes: set[str] | None, door: str | None) -> str | None:
    """What is missing, by the API's own description; None if the refusal is about something else.

    `scopes` are those of the token that was sent, `door` says who gave it; None for neither.
    """
    if answer.status_code not in (401, 403):
        return None
    asked = _asked(outputs, answer.request.method, answer.request.url.raw_path.decode())
    if not asked:
        return None
    scheme, wanted = asked
    command, either = SIGN_IN[scheme], " or ".join(sorted(wanted))
    if scopes is None:
        return f"It asks for {either}, and no token was sent. Sign in: {command}"
    if scheme == "session" and door != "api":
        return f"It takes tokens of the API door only. Sign in there: {command}"
    if scheme == "pool" and door == "api":
        return f"It takes tokens of the user pool only. Sign in there: {command}"
    if scopes.isdisjoint(wanted):
        held = " ".join(sorted(scopes)) or "no scope"
        return f"It asks for {either}; this token has {held}. {_with_scope(wanted, door)}"
    return "The token has the scope; it is expired, revoked, or of another stack. Renew it: sallyport token --refresh"


def scopes_of(token: str | None) -> set[str] | None:
    """What the token says of itself, to explain a refusal with; nothing is decided by it."""
    if token is None:
        return None
    import jwt

    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return set(str(claims.get("scope", "")).split())


def _with_scope(wanted: set[str], door: str | None) -> str:
    if door != "pool":
        return "Sign in with it: sallyport login"
    return f"Sign in with it: sallyport login --scope openid --scope {min(wanted)}"


def _asked(outputs: Outputs, method: str, raw_path: str) -> tuple[str, set[str]] | None:
    """The scheme of the route's guard and the scopes of which any one is enough."""
    prefix = httpx.URL(outputs["api_url"]).raw_path.decode().rstrip("/")
    path = raw_path.partition("?")[0].removeprefix(prefix)
    document: dict[str, Any] = httpx.get(f"{outputs['api_url']}/openapi.json", timeout=oauth.TIMEOUT_SECONDS).json()
    for template, operations in document["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and method.lower() in operations:
            security = operations[method.lower()]["security"]
            schemes = {scheme for one in security for scheme in one}
            return (
                (schemes.pop(), {scope for one in security for s in one.values() for scope in s}) if schemes else None
            )
    return None
