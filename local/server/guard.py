"""Keeps web pages out of the embedded AWS.

Its root keys are known to everybody, and a browser sends requests to loopback for any page that asks it to: a page
could create a function and run it. So what a browser sends for another site is refused, and so is any name but a
loopback one in the Host header (DNS rebinding). The API itself may be called from pages, by its own CORS rules.
"""

from typing import Any
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")
API = "/_aws/execute-api/"
HOSTED_PAGES = ("/oauth2/", "/login", "/logout")
NEVER = ("/_ministack/reset", "/_ministack/config")
REFUSED_SITES = (b"cross-site", b"same-site")


def guarded(app: Any) -> Any:
    """The application, behind the guard."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan" or is_allowed(scope["path"], dict(scope["headers"])):
            await app(scope, receive, send)
        elif scope["type"] == "http":
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "websocket.close"})

    return serve


def is_allowed(path: str, headers: dict[bytes, bytes]) -> bool:
    """Whether the request may reach the embedded AWS."""
    host = urlsplit("//" + headers.get(b"host", b"").decode("latin-1")).hostname
    if host not in LOOPBACK or path.startswith(NEVER):
        return False
    if path.startswith(API) or path.startswith(HOSTED_PAGES):
        return True
    origin = headers.get(b"origin")
    is_foreign = origin is not None and urlsplit(origin.decode("latin-1")).hostname not in LOOPBACK
    return not is_foreign and headers.get(b"sec-fetch-site") not in REFUSED_SITES
