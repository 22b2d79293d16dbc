"""This device, as stacks know it: a cookie that keeps strangers' wrong passwords from closing the account here."""

import contextlib
import json
from pathlib import Path

import httpx

from client import token_store
from contract.route import DEVICE

COOKIE = DEVICE.name


def header(api_url: str) -> dict[str, str]:
    """The cookie for this stack, if it has set one."""
    device = _read().get(api_url)
    return {"Cookie": f"{COOKIE}={device}"} if device else {}


def remember(api_url: str, answer: httpx.Response) -> None:
    """Keep the cookie that an answer sets. What cannot be kept is no reason not to be signed in."""
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
