"""What the command shows: aligned, coloured where there is a terminal, never broken, so that it can be copied."""

import time
from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape

from client.inbox import Message
from client.requests_log import Line

STATUS_COLOURS = {2: "green", 4: "yellow", 5: "red"}

console = Console(highlight=False)
notes = Console(stderr=True, highlight=False)


def table(rows: Iterable[tuple[str, str]]) -> None:
    """Two columns."""
    listed = list(rows)
    width = max((len(name) for name, _ in listed), default=0)
    for name, value in listed:
        console.print(f"[cyan]{name:<{width}}[/]  {escape(value)}", soft_wrap=True)


def message(caught: Message) -> None:
    """One message of the inbox."""
    to, subject = escape(caught.to), escape(caught.subject)
    console.print(f"[dim]{clock(caught.at * 1000)}[/] [cyan]{to}[/] [bold]{subject}[/]", soft_wrap=True)
    console.print(escape(caught.text.strip()), soft_wrap=True)
    console.print()


def request(line: Line) -> None:
    """One request, or whatever else a function printed."""
    told = line.request
    if told is None:
        console.print(f"[dim]{clock(line.at)}[/] [red]{line.function}[/] {escape(line.text)}", soft_wrap=True)
        return
    colour = STATUS_COLOURS.get(int(told["status"]) // 100, "white")
    columns = f"{told['route']:<40} [{colour}]{told['status']}[/] {told['ms']:>7.1f} ms  {escape(told['reason'])}"
    console.print(f"[dim]{clock(line.at)}[/] {columns}", soft_wrap=True)


def clock(milliseconds: float) -> str:
    """The time of day of a Unix time."""
    return time.strftime("%H:%M:%S", time.localtime(milliseconds / 1000))
