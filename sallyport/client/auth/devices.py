"""The device cookie of each stack: wrong passwords of strangers do not lock the account on this device."""

import contextlib
import json
from pathlib import Path

import httpx

from contract.route import DEVICE
from sallyport.client.auth import token_store

COOKIE = DEVICE.name


def header(api_url: str) -> dict[str, str]:
    """Return the header with this stack's cookie; empty if the stack has set none."""
    device = _read().get(api_url)
    return {"Cookie": f"{COOKIE}={device}"} if device else {}


def remember(api_url: str, answer: httpx.Response) -> None:
    """Store the cookie that an answer sets. A write error is ignored, because sign-in works without the cookie."""
    device = answer.cookies.get(COOKIE)
    if device and _read().get(api_url) != device:
        with contextlib.suppress(OSError):
            token_store.write_privately(_file(), json.dumps({**_read(), api_url: device}))


def _file() -> Path:
    return token_store.folder() / "devices.json"


def _read() -> dict[str, str]:
    try:
        content = json.loads(_file().read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
