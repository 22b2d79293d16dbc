"""What acts of users cost in units that AWS bills, counted: for `sallyport/client/cost/usage.toml`.

Run: .venv/bin/python -m bench.units      with `sallyport up --detach`

The handlers run in this process against the stack's table and keys. A write is billed by the size of its item, a read
by the size of what it answers; both count twice in a transaction.
Source: DynamoDB Developer Guide, "DynamoDB on-demand capacity mode".
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any

from bench.authorizer import authorizer_event
from bench.own_stack import running_stack
from tests.support.aws_calls import seen_by
from tests.support.handlers import Handlers, authorized, open_handlers

WRITE_BYTES, READ_BYTES = 1024, 4096


@dataclass(frozen=True)
class Touch:
    """A partition of the table, and the units that a call takes there."""

    partition: str
    writes: int = 0
    reads: int = 0


class Calls(list[tuple[str, Mapping[str, Any]]]):
    """Calls to AWS: the operation and its parameters."""

    def note(self, operation: str, request: Mapping[str, Any]) -> None:
        """Add a call that is about to be sent."""
        self.append((operation, request))


def main() -> None:
    """Print a table: act by units."""
    handlers = open_handlers(running_stack())
    print(f"{'act':10} {'writes':>6} {'reads':>6} {'KMS':>4} {'mails':>5} {'log bytes':>9}")
    for name, act in acts(handlers).items():
        calls, log_bytes = asked_by(act)
        found = list(touches(handlers, calls))
        names = Counter(name for name, _ in calls)
        kms, mails = names["Encrypt"] + names["Decrypt"], names["SendEmail"]
        writes, reads = sum(one.writes for one in found), sum(one.reads for one in found)
        print(f"{name:10} {writes:>6} {reads:>6} {kms:>4} {mails:>5} {log_bytes:>9}")


def acts(handlers: Handlers) -> dict[str, Callable[[], Any]]:
    """Return act → what does it, for a new user; each can be done a few times."""
    with redirect_stdout(StringIO()):
        user = handlers.user()
        refresh = [user.sign_in()["refresh_token"] for _ in range(3)]
        access = [user.sign_in()["access_token"] for _ in range(3)]
    authorizer = handlers.module("authorizer")
    return {
        "sign_up": handlers.user,
        "sign_in": user.sign_in,
        "refusal": lambda: handlers.call("signin", {"email": user.address, "password": "wrong"}),
        "refresh": lambda: handlers.call("refresh", {"refresh_token": refresh.pop()}),
        "request": lambda: authorizer.handler(authorizer_event(handlers, access.pop()), None),
        "profile": lambda: handlers.call("me", **authorized(sub=user.id)),
    }


def asked_by(act: Callable[[], Any]) -> tuple[Calls, int]:
    """Return the calls of an act to AWS, and the bytes that it logs, of the second time: the first fetches keys."""
    log, calls = StringIO(), Calls()
    with redirect_stdout(StringIO()):
        act()
    with redirect_stdout(log), seen_by(calls.note):
        act()
    return calls, len(log.getvalue())


def touches(handlers: Handlers, calls: Calls) -> Iterator[Touch]:
    """Yield what each call to DynamoDB touches."""
    for name, params in calls:
        if name in ("PutItem", "UpdateItem", "DeleteItem"):
            yield _write(handlers, params)
        elif name == "TransactWriteItems":
            parts = (part for item in params["TransactItems"] for part in item.values())
            yield from (replace(one, writes=2 * one.writes) for one in (_write(handlers, part) for part in parts))
        elif name == "GetItem":
            yield _read(handlers, params["TableName"], params["Key"])
        elif name == "BatchGetItem":
            for table, asked in params["RequestItems"].items():
                yield from (_read(handlers, table, key) for key in asked["Keys"])
        elif name == "Query":
            yield Touch("query", reads=1)


def _write(handlers: Handlers, params: Mapping[str, Any]) -> Touch:
    key = params.get("Key") or params["Item"]
    item = params.get("Item") or _stored(handlers, params["TableName"], key)
    return Touch(key["pk"]["S"], writes=max(1, math.ceil(_size(item) / WRITE_BYTES)))


def _read(handlers: Handlers, table: str, key: Mapping[str, Any]) -> Touch:
    return Touch(key["pk"]["S"], reads=max(1, math.ceil(_size(_stored(handlers, table, key)) / READ_BYTES)))


def _stored(handlers: Handlers, table: str, key: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = handlers.stack.aws("dynamodb").get_item(TableName=table, Key=key).get("Item", {})
    return found


def _size(item: Mapping[str, Any]) -> int:
    """Return about the bytes of an item: names and values. Source: "DynamoDB item sizes and formats"."""
    return sum(len(name) + sum(_bytes(value) for value in one.values()) for name, one in item.items())


def _bytes(value: Any) -> int:
    if isinstance(value, Mapping):
        return 3 + _size(value)
    if isinstance(value, list | tuple | set):
        return 3 + sum(_bytes(next(iter(one.values())) if isinstance(one, Mapping) else one) for one in value)
    return len(value) if isinstance(value, str | bytes) else len(str(value))


if __name__ == "__main__":
    main()
