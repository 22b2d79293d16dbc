"""What a thousand to a million users cost: requests and bytes for each call, and the import on the way there.

Run: .venv/bin/python -m bench.growth [--users 1000000] [--port 4599] [--plot growth.svg]

A stack of its own. At each power of ten, rows are imported by `sallyport users import`, and the table is filled up with
items of the same shape. Then sign-in, refresh, the list of sessions, the search for an address and a page of the list
run in this process, and their requests to AWS and the bytes of DynamoDB's answers are counted. Both are of the code,
not of the machine; rows a second are of the embedded AWS on this machine.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

from bench.growth_plot import plot
from bench.own_stack import own_stack
from handlers.core.accounts import passwords, user_list
from handlers.core.accounts.user_list import Query
from handlers.core.accounts.users import NewUser
from handlers.store import items
from handlers.store.attributes import serialize
from tests.support.aws_calls import exchanges_seen_by
from tests.support.command import SALLYPORT
from tests.support.handlers import PASSWORD, Handlers, authorized, open_handlers

IMPORTED, SLOWLY = 500, 100
"""Rows that are imported at each step; fewer from `MANY` users on, where the embedded AWS takes seconds for a batch.
The rest is written directly."""
ITEMS_A_WRITE, WRITERS = 25, 4
MANY = 100_000
WRITE_USD, KMS_USD, GB_SECOND_USD, INVOCATION_USD = 0.625e-6, 3e-6, 13.3334e-6, 0.2e-6
"""Prices of one write unit, one request to KMS, one GB-second on arm64 and one invocation; us-east-1, on demand."""
UNITS_A_ROW = 4 * 2 + 1
"""Write units of a row: three items below 1 KB and a check in a transaction, and one entry of the index."""


@dataclass(frozen=True)
class Import:
    """An import at a step, by the command: rows a second, each checked and written, and the command's memory in MB."""

    rows_a_second: float
    megabytes: float


Calls = dict[str, tuple[int, int]]
"""Call → (requests to AWS, bytes of DynamoDB's answers)."""


def main(users: int, port: int, picture: Path | None) -> None:
    """Print a table: calls by number of users."""
    counted, imported = {}, Import(1, 0)
    for step, imported, calls in steps(users, port):
        counted[step] = calls
        print(f"{step:,} users: import {imported.rows_a_second:.0f} rows/s, {imported.megabytes:.0f} MB")
        for name, (requests, size) in calls.items():
            print(f"  {name:22} {requests:3} requests {size:7,} bytes", flush=True)
    _say_price(imported)
    if picture:
        picture.write_text(plot(counted))


def steps(users: int, port: int) -> Iterator[tuple[int, Import, Calls]]:
    """Yield number of users, the import on the way there, and calls, at each power of ten from a thousand on."""
    with own_stack(port) as stack:
        handlers, present = open_handlers(stack), 0
        for step in [10**power for power in range(3, 7) if 10**power <= users]:
            rows = SLOWLY if step >= MANY else IMPORTED
            _fill(handlers, step - present - rows)
            imported, present = _import(rows), step
            yield step, imported, _measure(handlers)


def _import(rows: int) -> Import:
    phc = passwords.hash_password(PASSWORD)
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for _ in range(rows):
            file.write(json.dumps({"email": f"{secrets.token_hex(8)}@example.com", "password_hash": phc}) + "\n")
        file.flush()
        started = time.perf_counter()
        command = [*SALLYPORT, "users", "import", file.name]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=sys.stderr) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return Import(rows / (time.perf_counter() - started), used.ru_maxrss / 1024)


def _fill(handlers: Handlers, count: int) -> None:
    """Write users as an import writes them, without KMS and without conditions."""
    name, encrypted = handlers.environment["TABLE_NAME"], secrets.token_bytes(250)
    dynamodb = handlers.stack.aws("dynamodb")  # with a longer timeout than the functions have

    def written() -> Iterator[dict[str, Any]]:
        for _ in range(count):
            user_id = secrets.token_hex(16)
            email = f"{secrets.token_hex(8)}@example.com"
            new = NewUser(user_id=user_id, email=email, password=encrypted, roles=("user",), created_at=1_700_000_000)
            yield from items.new_user(new)

    def write(batch: list[dict[str, Any]]) -> None:
        puts = [{"PutRequest": {"Item": serialize(item)}} for item in batch]
        assert not dynamodb.batch_write_item(RequestItems={name: puts}).get("UnprocessedItems")

    every = written()
    with ThreadPoolExecutor(WRITERS) as pool:
        while chunk := list(islice(every, ITEMS_A_WRITE * 400)):
            list(pool.map(write, [chunk[at : at + ITEMS_A_WRITE] for at in range(0, len(chunk), ITEMS_A_WRITE)]))


def _measure(handlers: Handlers) -> Calls:
    with redirect_stdout(StringIO()):  # the handlers' own log lines
        user = handlers.user()
        sessions = [user.sign_in()["refresh_token"] for _ in range(2)]
        services = handlers.module("manage_users").SERVICES
        caller = authorized(sub=user.id, sid=sessions[0].split(".")[1])
        calls: dict[str, Callable[[], Any]] = {
            "sign-in": user.sign_in,
            "refresh": lambda: handlers.call("refresh", {"refresh_token": sessions.pop()}),
            "list of sessions": lambda: handlers.call("list_sessions", **caller),
            "search for an address": lambda: user_list.find(services, Query(prefix=user.address, limit=1)),
            "page of 100 users": lambda: user_list.find(services, Query(prefix=user.address[0], limit=100)),
        }
        for call in calls.values():  # what only the first call fetches
            call()
        return {name: _count(call) for name, call in calls.items()}


def _count(call: Callable[[], Any]) -> tuple[int, int]:
    requests: Counter[str] = Counter()
    size = 0

    def after(operation: str, answered_bytes: int) -> None:
        nonlocal size
        requests[operation] += 1
        size += answered_bytes if operation.startswith("DynamoDB_") else 0

    with exchanges_seen_by(after):
        call()
    return requests.total(), size


def _say_price(imported: Import) -> None:
    seconds = 100 / imported.rows_a_second
    lambdas = 10_000 * (seconds * 1.769 * GB_SECOND_USD + INVOCATION_USD)
    writes, kms = 1e6 * UNITS_A_ROW * WRITE_USD, 1e6 * KMS_USD
    print(f"a million rows on AWS: {writes:.2f} USD of writes, {kms:.2f} of KMS, {lambdas:.2f} of Lambda at this rate")


def _arguments() -> argparse.Namespace:
    given = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    given.add_argument("--users", type=int, default=1_000_000)
    given.add_argument("--port", type=int, default=4599)
    given.add_argument("--plot", type=Path)
    return given.parse_args()


if __name__ == "__main__":
    given = _arguments()
    main(given.users, given.port, given.plot)
