"""Commands about many users of the directory: with the operator's own AWS credentials."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import click

from sallyport.client import display
from sallyport.client.display import notes
from sallyport.client.stack.target import takes_outputs
from sallyport.client.stack.users import User, Users

STATES = ("enabled", "disabled", "deleting")


@click.group()
def users() -> None:
    """List and find the users of the directory."""


def _filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose users."""
    options = (
        click.option("--role", default="", help="Only those who have this role."),
        click.option("--state", type=click.Choice(STATES), help="Only those in this state."),
        click.option("--since", "days", type=click.IntRange(1), help="Only those created in the last so many days."),
        click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many."),
        click.option("--all", "everybody", is_flag=True, help="As many as there are."),
        click.option("--json", "as_json", is_flag=True, help="A line of JSON for each, as they come."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@users.command("list")
@_filters
@takes_outputs()
def list_users(outputs: dict[str, str], **chosen: Any) -> None:
    """List users, in the order of their addresses."""
    _print(outputs, "", chosen)


@users.command("find")
@click.argument("prefix")
@_filters
@takes_outputs()
def find_users(outputs: dict[str, str], prefix: str, **chosen: Any) -> None:
    """Find the users whose addresses begin with PREFIX."""
    _print(outputs, prefix.lower(), chosen)


def _print(outputs: dict[str, str], prefix: str, chosen: dict[str, Any]) -> None:
    days, limit = chosen["days"], None if chosen["everybody"] else chosen["limit"]
    since = int(time.time()) - days * 86400 if days else 0
    query = {"prefix": prefix, "role": chosen["role"], "state": chosen["state"] or "", "since": since}
    found = Users(outputs).find(limit=limit, **query)
    count = _print_lines(found) if chosen["as_json"] else display.users(found)
    if not count:
        notes.print("There are none.")
    elif count == limit:
        notes.print(f"The first {count}; for more: --limit, or --all")


def _print_lines(found: Iterator[User]) -> int:
    count = 0
    for one in found:
        click.echo(json.dumps(one))
        count += 1
    return count
