"""Log lines of the functions: raw, or one line per request."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from client import aws
from client.errors import Failure
from client.stack import LocalStack

POLL_SECONDS = 0.3
POLL_SECONDS_ON_AWS = 2.0
LATE_MILLISECONDS = 10_000  # how much later than others a line may come
PLATFORM_LINES = ("START RequestId", "END RequestId", "REPORT RequestId")


@dataclass(frozen=True)
class Line:
    """One line that a function printed. `at` in milliseconds of Unix time."""

    at: int
    function: str
    text: str

    @property
    def request(self) -> dict[str, Any] | None:
        """The request that it tells of, if it does."""
        try:
            fields = json.loads(self.text)
        except ValueError:
            return None
        return fields if isinstance(fields, dict) and "route" in fields else None


def lines(logs: Any, groups: Mapping[str, str], since: int = 0) -> list[Line]:
    """What the functions have printed since then, oldest first. `logs` is a client of CloudWatch Logs.

    Raises `Failure`.
    """
    from botocore.exceptions import ClientError

    found = []
    for function, group in groups.items():
        try:
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since):
                found += [Line(event["timestamp"], function, event["message"].rstrip()) for event in page["events"]]
        except ClientError as error:
            raise Failure(f"The log of {function} cannot be read: {error.response['Error']['Message']}") from None
    return sorted((line for line in found if not line.text.startswith(PLATFORM_LINES)), key=lambda line: line.at)


def groups_of(outputs: Mapping[str, str]) -> dict[str, str]:
    """Function → its log group, of any stack."""
    return {name: one["LoggingConfig"]["LogGroup"] for name, one in aws.functions(outputs).items()}


def follow_on_aws(logs: Any, groups: Mapping[str, str], since: int) -> Iterator[Line]:
    """Every line since then, and every further one as it comes."""
    seen: set[Line] = set()
    while True:
        fresh = [line for line in lines(logs, groups, since) if line not in seen]
        yield from fresh
        seen.update(fresh)
        since = max([since, *(line.at - LATE_MILLISECONDS for line in fresh)])
        seen = {line for line in seen if line.at >= since}
        time.sleep(POLL_SECONDS_ON_AWS)


class StackGone(Exception):
    """The embedded AWS does not answer any more."""


def follow(stack: LocalStack, groups: Mapping[str, str], since: int) -> Iterator[Line]:
    """Every line since then, and every further one as it is printed. Raises `StackGone` when the stack is gone."""
    seen: set[Line] = set()
    sizes: dict[str, int] = {}
    said = stack.cloud.log.stat().st_size if since else 0
    while True:
        with _while_it_answers():
            grown, sizes = _grown(stack, groups, sizes)
            fresh = [line for line in lines(stack.aws("logs"), grown, since) if line not in seen]
        yield from fresh
        seen.update(fresh)
        if seen:
            since = max(line.at for line in seen)
            seen = {line for line in seen if line.at == since}
        complaints = stack.cloud.log.read_bytes()[said:]
        said += len(complaints)
        yield from (Line(now(), "embedded AWS", text) for text in complaints.decode(errors="replace").splitlines())
        time.sleep(POLL_SECONDS)


def _grown(
    stack: LocalStack, groups: Mapping[str, str], before: Mapping[str, int]
) -> tuple[dict[str, str], dict[str, int]]:
    """The groups that hold more than before, and how much all hold: one call, where reading each would be many."""
    pages = stack.aws("logs").get_paginator("describe_log_groups").paginate()
    sizes = {group["logGroupName"]: group["storedBytes"] for page in pages for group in page["logGroups"]}
    there = {name: group for name, group in groups.items() if group in sizes}  # others were deleted meanwhile
    grown = {name: group for name, group in there.items() if sizes[group] != before.get(group)}
    return grown, sizes


@contextmanager
def _while_it_answers() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError

    try:
        yield
    except (BotoCoreError, Failure):
        raise StackGone from None


def now() -> int:
    """The present on the clock of log lines."""
    return int(time.time() * 1000)
