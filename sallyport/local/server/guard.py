"""Protection of the embedded AWS, which runs code for its callers, from web pages.

Any page can make the browser send requests to loopback. Requests from another origin reach only the routes of deployed
APIs, under their own CORS rules, and the user pool's endpoints for other origins; and only without anything that AWS
could take for an action or a signature. Any host name but a loopback one is refused (DNS rebinding).
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

HOST = re.compile(rb"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?")
API = re.compile(r"/_aws/execute-api/([A-Za-z0-9]+)(/.*)?", re.DOTALL)
FOR_OTHER_ORIGINS = {
    ("GET", "/oauth2/authorize"),
    ("GET", "/logout"),
    *((method, "/oauth2/token") for method in ("POST", "OPTIONS")),
    *((method, "/oauth2/revoke") for method in ("POST", "OPTIONS")),
    *((method, "/oauth2/userInfo") for method in ("GET", "POST", "OPTIONS")),
}
"""Source: Cognito Developer Guide, "User pool endpoints and managed login reference"."""
NEVER = ("/_ministack/reset", "/_ministack/config")
OF_AWS = ("x-amz-", "awsaccesskeyid", "signature", "action")
"""Prefixes of AWS's query parameters: of signatures, version 4 and 2, and of the Query protocol."""
OF_DISTRIBUTIONS = b"x-amz-cf-id"
"""The header that a distribution adds to what it forwards; it means nothing to any service."""

Headers = list[tuple[bytes, bytes]]


def guarded(app: Any) -> Any:
    """Return the application behind the guard."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan" or is_allowed(scope):
            await app(scope, receive, send)
        elif scope["type"] == "http":
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "websocket.close"})

    return serve


def is_allowed(scope: Any) -> bool:
    """Return whether the request may reach the embedded AWS."""
    headers: Headers = scope["headers"]
    hosts = list(_values(headers, b"host"))
    if len(hosts) != 1 or not HOST.fullmatch(hosts[0]) or scope["path"].startswith(NEVER):
        return False
    if not _is_foreign(headers, hosts[0]):
        return True
    return scope["type"] == "http" and _is_for_others(scope["method"], scope["path"]) and not _speaks_aws(scope)


def _is_foreign(headers: Headers, host: bytes) -> bool:
    """Return whether a browser sends the request for a page of another origin; programs send neither header."""
    origins, sites = _values(headers, b"origin"), _values(headers, b"sec-fetch-site")
    return any(origin != b"http://" + host for origin in origins) or any(
        site not in (b"same-origin", b"none") for site in sites
    )


def _is_for_others(method: str, path: str) -> bool:
    api = API.fullmatch(path)
    return (method, path) in FOR_OTHER_ORIGINS or (api is not None and _exists(api.group(1)))


def _exists(api_id: str) -> bool:
    from ministack.services import apigateway, apigateway_v1

    return any(module.find_api_scope(api_id) is not None for module in (apigateway, apigateway_v1))


def _speaks_aws(scope: Any) -> bool:
    """Return whether AWS could read an action, a credential or a signature in the request."""
    if any(name.lower().startswith(b"x-amz-") and name.lower() != OF_DISTRIBUTIONS for name, _ in scope["headers"]):
        return True
    if any(value.strip().lower().startswith(b"aws") for value in _values(scope["headers"], b"authorization")):
        return True
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return any(name.strip().lower().startswith(OF_AWS) for name, _ in query)


def _values(headers: Headers, wanted: bytes) -> Iterator[bytes]:
    return (value for name, value in headers if name.lower() == wanted)
