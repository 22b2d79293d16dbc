"""Import and export of users: rows are streamed in batches, several at once, in the order of their lines."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sallyport.client.errors import Failure
from sallyport.client.stack import operator_identity
from sallyport.client.stack.users import Lambdas

BATCH = 100
AT_ONCE = 4

Outputs = Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """A row of the file, by its line; `problem` if the line is no row."""

    line: int
    text: str
    problem: str = ""


@dataclass(frozen=True)
class Result:
    """What became of a row: `imported`, `already`, `kept`, `taken`, `deleted`, or a reason."""

    row: Row
    outcome: str

    @property
    def is_good(self) -> bool:
        """Return whether the user is there, or would be."""
        return self.outcome in ("imported", "already", "kept")


def send(outputs: Outputs, rows: Iterable[Row], *, dry_run: bool) -> Iterator[list[Result]]:
    """Yield the results of each batch, in order; memory holds a few batches. Raises `Failure`."""
    rows = iter(rows)
    waiting: deque[Future[list[Result]]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while True:
            batch = list(islice(rows, BATCH))
            if batch:
                waiting.append(pool.submit(_send, outputs, batch, dry_run))
            if not batch and not waiting:
                return
            if len(waiting) > AT_ONCE or not batch:
                yield waiting.popleft().result()


def export(outputs: Outputs, seen: Callable[[int], None], leave_out: Callable[[str], None]) -> Iterator[str]:
    """Yield a line of JSON for each user; `leave_out` gets ids of users who cannot be decrypted. Raises `Failure`."""
    after = ""
    while True:
        page = _invoke(outputs, "export_users_function", {"after": after})
        seen(len(page["rows"]))
        yield from (json.dumps(row, separators=(",", ":")) for row in page["rows"])
        for user_id in page["unreadable"]:
            leave_out(user_id)
        after = page["next"]
        if not after:
            return


def _send(outputs: Outputs, batch: list[Row], dry_run: bool) -> list[Result]:
    good = [row for row in batch if not row.problem]
    bad = [Result(row, row.problem) for row in batch if row.problem]
    if not good:
        return bad
    event = {"rows": [row.text for row in good], "dry_run": dry_run}
    answers = _invoke(outputs, "import_users_function", event)["results"]
    judged = [
        Result(row, one if isinstance(one, str) else one["reason"]) for row, one in zip(good, answers, strict=True)
    ]
    return sorted((*bad, *judged), key=lambda result: result.row.line)


def _invoke(outputs: Outputs, output: str, event: Mapping[str, Any]) -> dict[str, Any]:
    function = outputs[output]
    identity = operator_identity.sign(outputs, function)
    answer = Lambdas(outputs).invoke(function, {**event, "identity": identity})
    if "message" in answer:
        raise Failure(answer["message"])
    return answer
