"""The sites of the stacks, each at its name: `localhost`, or the domain that a stack has set.

AWS itself is at 127.0.0.1, which is another origin to browsers. Requests for a site reach the objects and the API of
the distribution that has the name as an alias, and nothing else. They count as https, as browsers trust `localhost`
like it.
"""

import re
from typing import Any
from urllib.parse import parse_qs

from ministack.core import iam_evaluator
from ministack.services import cloudfront

from sallyport.local import asgi
from sallyport.local.server.live_reload import PATH, SCRIPT, SCRIPT_HEADERS, LiveReload

HOST = re.compile(rb"([a-z0-9.-]+)(:[0-9]{1,5})?")
NAME, AWS = "localhost", "127.0.0.1"
OF_AWS = "/_"
"""The beginning of paths that stay those of the embedded AWS at any name."""
NO_SITE = b"There is no site here. AWS answers at 127.0.0.1."


def before(application: Any, live_reload: LiveReload) -> Any:
    """Return the application with the sites before it."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == PATH and _name(scope) == NAME:
            await asgi.answer(send, 200, SCRIPT_HEADERS, SCRIPT)
            return
        if scope["type"] != "http" or not _is_for_site(scope):
            await application(scope, receive, send)
            return
        distribution = _distribution(_name(scope))
        if distribution is None:
            await asgi.answer(send, 404, {"content-type": "text/plain"}, NO_SITE)
            return
        status, headers, content = await _serve(distribution, scope, await asgi.body(receive))
        raw = content.encode() if isinstance(content, str) else content
        await asgi.answer(send, status, headers, live_reload.added(headers, raw))

    return serve


def _is_for_site(scope: Any) -> bool:
    name = _name(scope)
    return not scope["path"].startswith(OF_AWS) if name == NAME else _distribution(name) is not None


def _name(scope: Any) -> str:
    hosts = [value for name, value in scope["headers"] if name.lower() == b"host"]
    named = HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    return named.group(1).decode() if named else ""


def _distribution(name: str) -> dict[str, Any] | None:
    if name in ("", AWS):
        return None
    found = [
        one
        for one in cloudfront._distributions.values()
        if one["enabled"] and name in cloudfront._get_distribution_aliases(one)
    ]
    return found[0] if found else None


async def _serve(distribution: dict[str, Any], scope: Any, body: bytes) -> Any:
    iam_evaluator._request_origin.set((scope["client"][0], True))  # distributions read buckets over TLS
    query = scope["query_string"].decode("latin-1")
    headers: dict[str, str] = {}
    for raw_name, value in scope["headers"]:
        name, text = raw_name.decode("latin-1").lower(), value.decode("latin-1")
        joined = "; " if name == "cookie" else ", "
        headers[name] = f"{headers[name]}{joined}{text}" if name in headers else text
    headers |= {"host": distribution["DomainName"], "x-forwarded-proto": "https"}
    raw_path = scope.get("raw_path", scope["path"].encode()).partition(b"?")[0].decode("latin-1")
    return await cloudfront.handle_viewer_request(
        distribution,
        scope["method"],
        scope["path"],
        raw_path,
        query,
        headers,
        body,
        parse_qs(query, keep_blank_values=True),
        scope["client"][0],
    )
