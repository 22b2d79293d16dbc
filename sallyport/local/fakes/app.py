"""The fakes as an ASGI application before another, which gets all other requests."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from sallyport.local import asgi, fakes
from sallyport.local.fakes import authy, control, verify
from sallyport.local.fakes.fake_http import TIMEOUT_SECONDS, UNDONE, Answer, Request, spoil
from sallyport.local.fakes.memory import Memory

PROVIDERS: dict[str, tuple[str, Callable[[Memory, Request], Answer]]] = {
    fakes.AUTHY: ("authy", authy.answer),
    fakes.VERIFY: ("verify", verify.answer),
    fakes.CONTROL: ("", control.answer),
}


def before(application: Any, folder: Path) -> Any:
    """Return the application with the fakes before it; the folder holds their memory."""
    memory = Memory(folder / "fakes.json")

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(f"{fakes.PREFIX}/"):
            await application(scope, receive, send)
            return
        prefix = next((one for one in PROVIDERS if scope["path"].startswith(f"{one}/")), None)
        if prefix is None:
            await _answer(send, 404, {}, b"{}")
            return
        name, act = PROVIDERS[prefix]
        request = await _read(scope, receive, prefix)
        fault = memory.faults.get(name, "")
        answer = None if fault in UNDONE else act(memory, request)
        memory.save()
        if fault == "timeout":
            await asyncio.sleep(TIMEOUT_SECONDS)
        spoilt = spoil(fault, answer) if fault or answer is None else (answer.status, answer.headers, answer.body)
        await _answer(send, *spoilt)

    return serve


async def _read(scope: Any, receive: Any, prefix: str) -> Request:
    body = await asgi.body(receive)
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode()))
    return Request(scope["method"], scope["path"].removeprefix(prefix), headers, query, body)


async def _answer(send: Any, status: int, headers: dict[str, str], body: bytes) -> None:
    await asgi.answer(send, status, {"content-type": "application/json", **headers}, body)
