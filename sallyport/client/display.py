"""The output of the commands: aligned, coloured in a terminal, without line breaks, so that it can be copied."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from sallyport.client.stack.inbox import Message
from sallyport.client.stack.requests_log import Line

if TYPE_CHECKING:
    from sallyport.local.engine import Registration

STATUS_COLOURS = {2: "green", 4: "yellow", 5: "red"}

console = Console(highlight=False, emoji=False)
notes = Console(stderr=True, highlight=False, emoji=False)


class Deploying:
    """The progress of a deployment: resources made, of those that the program has declared so far."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("Deploying", total=None, name="")
        self._declared = 0
        self.count = 0

    def declared(self) -> None:
        """Count a declared resource."""
        self._declared += 1
        self._progress.update(self._task, total=self._declared)

    def made(self, registration: "Registration") -> None:
        """Count a resource that was made, and show its name."""
        self.count += 1
        self._progress.update(self._task, completed=self.count, name=registration.name)


@contextmanager
def deploying() -> Iterator[Deploying]:
    """Show a progress bar in a terminal; remove it at the end."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[name]}"),
    )
    with Progress(*columns, console=notes, transient=True, disable=not notes.is_terminal) as progress:
        yield Deploying(progress)


@contextmanager
def counting(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar with rate and remaining time in a terminal; yield the function that counts."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=notes, transient=True, disable=not notes.is_terminal) as progress:
        task = progress.add_task(what, total=total, rate="")

        def count(more: int) -> None:
            progress.advance(task, more)
            speed = progress.tasks[0].speed
            progress.update(task, rate=f"{speed:.0f}/s" if speed else "")

        yield count


def table(rows: Iterable[tuple[str, str]]) -> None:
    """Print two columns."""
    listed = list(rows)
    width = max((len(name) for name, _ in listed), default=0)
    for name, value in listed:
        console.print(f"[cyan]{name:<{width}}[/]  {escape(value)}", soft_wrap=True)


def message(caught: Message) -> None:
    """Print a message of the inbox."""
    to, subject = escape(caught.to), escape(caught.subject)
    console.print(f"[dim]{clock(caught.at * 1000)}[/] [cyan]{to}[/] [bold]{subject}[/]", soft_wrap=True)
    console.print(escape(caught.text.strip()), soft_wrap=True)
    console.print()


def request(line: Line) -> None:
    """Print a request, or any other line that a function has logged, except events and metrics."""
    told = line.request
    if line.is_data:
        return
    if told is None:
        console.print(f"[dim]{clock(line.at)}[/] [red]{line.function}[/] {escape(line.text)}", soft_wrap=True)
        return
    colour = STATUS_COLOURS.get(int(told["status"]) // 100, "white")
    columns = f"{told['route']:<40} [{colour}]{told['status']}[/] {told['ms']:>7.1f} ms  {escape(told['reason'])}"
    console.print(f"[dim]{clock(line.at)}[/] {columns}", soft_wrap=True)


def users(found: Iterable[Mapping[str, Any]]) -> int:
    """Print users as they come, one line each; return how many there were."""
    count = 0
    for count, one in enumerate(found, 1):  # noqa: B007 the count is returned
        factors = f"{one['second_factors']} factors" if one["second_factors"] else ""
        columns = f"{escape(one['email']):<40} {one['state']:<9} {escape(' '.join(one['roles'])):<16} {factors:<10}"
        console.print(f"{columns} [dim]{moment(one['created_at'])}[/]", soft_wrap=True)
    return count


def event(happened: Mapping[str, Any], sentence: str) -> None:
    """Print an event in one line: time, what, by whom, from where."""
    at = moment(int(datetime.fromisoformat(happened["time"]).timestamp()))
    by = happened.get("actor", "")
    who = f"by {by}" if by and by != happened.get("subject") else str(happened.get("subject", ""))
    source = str(happened.get("network", ""))
    console.print(f"[dim]{at}[/] {escape(sentence):<72} [cyan]{escape(who)}[/] [dim]{source}[/]", soft_wrap=True)


def moment(seconds: float) -> str:
    """Return the local date and time of Unix seconds; a dash for 0, which is unknown."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds)) if seconds else "-"


def clock(milliseconds: float) -> str:
    """Return the local time of day. `milliseconds` of Unix time."""
    return time.strftime("%H:%M:%S", time.localtime(milliseconds / 1000))
