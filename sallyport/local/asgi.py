"""Whole requests and answers of ASGI applications."""

from collections.abc import Mapping
from typing import Any


async def body(receive: Any) -> bytes:
    """Return the whole body of a request."""
    content, more = b"", True
    while more:
        message = await receive()
        content += message.get("body", b"")
        more = message.get("more_body", False)
    return content


async def answer(send: Any, status: int, headers: Mapping[str, str | list[str]], content: bytes) -> None:
    """Send a whole answer; a header with a list is sent once for each value."""
    given = {**{name.lower(): value for name, value in headers.items()}, "content-length": str(len(content))}
    pairs = [
        (name.encode("latin-1"), str(one).encode("latin-1"))
        for name, value in given.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": content})
