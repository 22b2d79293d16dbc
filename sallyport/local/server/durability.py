"""Durability of the embedded AWS: every change that was answered outlives the process, however that ends.

MiniStack writes its state only when it is stopped. Here, a request that changes state is answered after the state of
its service is on disk. DynamoDB has too many items for that; their changes go to a journal (`journal.py`).

Log lines and caught mail are lost when the process is killed.
"""

import asyncio
import json
import os
import re
import sys
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from ministack import app
from ministack.core import persistence
from ministack.services import lambda_svc

from sallyport.local.server.journal import ITEM_ACTIONS, Journal
from sallyport.local.server.layers import digest

READS = re.compile(
    r"Get|List|Describe|BatchGet|TransactGet|Query|Scan|Search|Filter|Lookup|Test|Simulate"
    r"|(Encrypt|Decrypt|ReEncrypt|Generate\w+|Sign|Verify|VerifyMac)$"
    r"|(CreateLogStream|PutLogEvents)$"
)
"""Actions that change nothing that is kept; the second line is KMS's, the third that of log lines."""
INVOCATION = re.compile(r"/2015-03-31/functions/[^/]+/invocations")
DELEGATES = {"ses": ("ses_v2",), "apigateway": ("apigateway_v1",)}
"""Module → modules that it hands some of its requests to."""
EFFECTS = {"sns": ("sqs",), "eventbridge": ("sqs",), "s3": ("sqs",)}
"""Module → other modules in which a request to it may change something."""

BLOB = "__blob__"
LONG_BYTES = 64 * 1024
COPIES, COPY_SECONDS = 50, 0.01

Handler = Callable[..., Awaitable[Any]]


def install(folder: Path) -> None:
    """Store all state in this folder. Call it last, so that changes by other wrappers are stored too."""
    journal, snapshots, blobs = Journal(folder), Snapshots(folder), Blobs(folder / "blobs")
    get_module, hosted_pages = app._get_module, app._handle_cognito_body_request
    durable: set[str] = set()

    def get_durable_module(name: str) -> Any:
        module = get_module(name)
        if name not in durable and hasattr(module, "handle_request"):  # parts of a service have none
            durable.add(name)
            module.handle_request = _durable(name, module.handle_request, snapshots, journal)
        return module

    def load() -> None:
        try:
            load_all()
        except Exception as error:  # noqa: BLE001 the server would go on, with nothing, and write that down
            traceback.print_exc()
            sys.stderr.write(f"{error}\n")
            sys.stderr.flush()
            os._exit(1)

    def load_all() -> None:
        for name, module in app._state_map.items():
            state = persistence.load_state(name)
            if state is None and (folder / f"{name}.json").exists():
                raise ValueError(f"{folder / name}.json cannot be read, so that what it held would be lost.")
            if state:
                app._get_module(module).load_persisted_state(state)
        journal.replay()
        blobs.forget_unused()

    async def handle_hosted_pages(method: str, *rest: Any) -> Any:
        answer = await hosted_pages(method, *rest)
        if answer is not None and method == "POST":
            await snapshots.write("cognito")
        return answer

    write_code = lambda_svc._write_code_blob

    def write_code_once(code: bytes) -> str:
        is_there = (Path(lambda_svc.CODE_BLOB_DIR) / f"{digest(code)}.zip").exists()
        return digest(code) if is_there else str(write_code(code))

    lambda_svc._write_code_blob = write_code_once
    app._get_module = get_durable_module
    app._load_persisted_state = load
    app._handle_cognito_body_request = handle_hosted_pages


def _durable(module: str, handler: Handler, snapshots: "Snapshots", journal: Journal) -> Handler:
    async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        answer = await handler(method, path, headers, body, query)
        action = _action(method, path, headers, body, query)
        if module == "dynamodb":
            journal.flush()
        if READS.match(action) or (module == "dynamodb" and action in ITEM_ACTIONS and not journal.is_long):
            return answer
        for changed in (module, *DELEGATES.get(module, ()), *EFFECTS.get(module, ())):
            await snapshots.write(changed)
        return answer

    return handle


def _action(method: str, path: str, headers: Any, body: bytes, query: Any) -> str:
    """Return the action's name in the JSON and Query protocols.

    For REST, return `Get` if the request changes nothing, else the HTTP method.
    """
    target = headers.get("x-amz-target", "")
    if target:
        return str(target).rsplit(".", 1)[-1]
    form = body if headers.get("content-type", "").startswith("application/x-www-form-urlencoded") else b""
    named = parse_qs(form.decode(errors="replace")).get("Action") or query.get("Action")
    if named:
        return str(named[0] if isinstance(named, list) else named)
    return "Get" if method in ("GET", "HEAD") or INVOCATION.match(path) else method


class Snapshots:
    """The writer of the state of MiniStack's modules; a module is a service or part of one.

    Requests that arrive during a write wait for the next write, together.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._asked: defaultdict[str, int] = defaultdict(int)
        self._written: defaultdict[str, int] = defaultdict(int)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def write(self, module: str) -> None:
        """Return when the state as it is now, or a later one, is on disk. Raises `OSError`."""
        self._asked[module] += 1
        wanted = self._asked[module]
        async with self._locks[module]:
            if self._written[module] >= wanted:
                return
            covered = self._asked[module]
            for name in (name for name, one in app._state_map.items() if one == module):
                state = _copied(app._get_module(module))
                if state is not None:  # None: the module could not be imported
                    await asyncio.to_thread(self._write, name, state)
            self._written[module] = covered

    def _write(self, name: str, state: Any) -> None:
        """Write in MiniStack's own format; its own writer hides errors."""
        content = {"__ministack_format__": persistence._state_format_version(name), "payload": state}
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / f"{name}.json.draft"
        draft.write_text(json.dumps(content, default=persistence._json_default))
        draft.replace(self._folder / f"{name}.json")


def _copied(module: Any) -> Any:
    """Return a copy of a module's state. MiniStack copies without a lock, and functions log meanwhile."""
    for _ in range(COPIES):
        try:
            return module.get_state()
        except RuntimeError:  # "dictionary changed size during iteration"
            time.sleep(COPY_SECONDS)
    return module.get_state()


class Blobs:
    """Long values, such as the archives of layers: each in a file of its own, which is written once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._used: set[str] = set()
        encode, decode = persistence._json_default, persistence._json_object_hook

        def encode_long(value: Any) -> Any:
            is_long = isinstance(value, bytes) and len(value) > LONG_BYTES
            return {BLOB: self._kept(value)} if is_long else encode(value)

        def decode_long(value: Any) -> Any:
            return self._read(value[BLOB]) if BLOB in value else decode(value)

        persistence._json_default, persistence._json_object_hook = encode_long, decode_long

    def forget_unused(self) -> None:
        """Delete the files that the loaded state does not name."""
        for path in self._folder.glob("*"):
            if path.name not in self._used:
                path.unlink()

    def _kept(self, value: bytes) -> str:
        name = digest(value)
        path = self._folder / name
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(f".{threading.get_ident()}.draft")
            draft.write_bytes(value)
            draft.replace(path)
        return name

    def _read(self, name: str) -> bytes:
        self._used.add(name)
        return (self._folder / name).read_bytes()
