"""Log lines of the functions: raw, or one line per request."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sallyport.client.errors import Failure
from sallyport.client.stack import aws
from sallyport.client.stack.local_stack import LocalStack

POLL_SECONDS = 0.3
POLL_SECONDS_ON_AWS = 2.0
LATE_MILLISECONDS = 10_000  # a line may arrive this much later than newer lines
PLATFORM_LINES = ("START RequestId", "END RequestId", "REPORT RequestId")


@dataclass(frozen=True)
class Line:
    """A line that a function has logged. `at` in milliseconds of Unix time."""

    at: int
    function: str
    text: str

    @property
    def request(self) -> dict[str, Any] | None:
        """The fields of the request, if the line describes one."""
        return self._fields if "route" in self._fields else None

    @property
    def is_data(self) -> bool:
        """Return whether the line is an event, which `sallyport events` shows, or the value of a metric."""
        return "specversion" in self._fields or "metric" in self._fields

    @property
    def _fields(self) -> dict[str, Any]:
        try:
            fields = json.loads(self.text)
        except ValueError:
            return {}
        return fields if isinstance(fields, dict) else {}


def lines(logs: Any, groups: Mapping[str, str], since: int = 0) -> list[Line]:
    """Return the lines logged since then, oldest first. `logs` is a client of CloudWatch Logs. Raises `Failure`.

    `since` in milliseconds of Unix time.
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
    """Return function name → log group, of any stack."""
    return {name: one["LoggingConfig"]["LogGroup"] for name, one in aws.functions(outputs).items()}


def follow_on_aws(logs: Any, groups: Mapping[str, str], since: int) -> Iterator[Line]:
    """Yield every line since then, then each new one as it arrives."""
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
    """Yield every line since then, then each new one. Raises `StackGone` when the embedded AWS does not answer."""
    seen: set[Line] = set()
    sizes: dict[str, int] = {}
    said = stack.cloud.log.stat().st_size if since else 0
    while True:
        with _while_it_answers():
            grown, sizes = _grown(stack, groups, sizes)
            fresh = [line for line in lines(stack.aws("logs"), grown, since) if line not in seen]
        yield from fresh
        seen.update(fresh)
        since = max([since, *(line.at - LATE_MILLISECONDS for line in fresh)])
        seen = {line for line in seen if line.at >= since}
        complaints = stack.cloud.log.read_bytes()[said:]
        said += len(complaints)
        yield from (Line(now(), "embedded AWS", text) for text in complaints.decode(errors="replace").splitlines())
        time.sleep(POLL_SECONDS)


def _grown(
    stack: LocalStack, groups: Mapping[str, str], before: Mapping[str, int]
) -> tuple[dict[str, str], dict[str, int]]:
    """Return the groups that have grown, and the sizes of all: one call, where reading each group would be many."""
    pages = stack.aws("logs").get_paginator("describe_log_groups").paginate()
    sizes = {group["logGroupName"]: group["storedBytes"] for page in pages for group in page["logGroups"]}
    there = {name: group for name, group in groups.items() if group in sizes}  # other groups were deleted meanwhile
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
    """Return the current Unix time in milliseconds, as log lines have it."""
    return int(time.time() * 1000)
