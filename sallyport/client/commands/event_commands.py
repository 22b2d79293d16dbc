"""The command that shows events."""

import json
import time
from contextlib import suppress

import click

from sallyport.client import display
from sallyport.client.display import notes
from sallyport.client.stack import event_log
from sallyport.client.stack.target import takes_outputs

MINUTE_MILLISECONDS = 60_000


@click.command()
@click.option("--user", "user", metavar="ADDRESS", help="Only those of this user; also an id, of a deleted one.")
@click.option("--type", "type_", help="Only those whose type has this in it, such as `session` or `refused`.")
@click.option("--since", "minutes", type=click.IntRange(1), default=60, show_default=True, help="Minutes ago.")
@click.option("--tail", "-n", type=click.IntRange(1), help="Only the last so many.")
@click.option("--follow", "-f", is_flag=True, help="Stay, and show what comes.")
@click.option("--json", "as_json", is_flag=True, help="A line of JSON for each.")
@takes_outputs()
def events(
    outputs: dict[str, str],
    user: str | None,
    type_: str | None,
    minutes: int,
    tail: int | None,
    follow: bool,
    as_json: bool,
) -> None:
    """Show what happened to users: sign-ins, refusals, changes, and operators' acts.

    Of another stack with your own AWS credentials. docs/reference/events has the JSON Schema of each type.
    """
    subject = event_log.user_id(outputs, user) if user else None
    since = int(time.time() * 1000) - minutes * MINUTE_MILLISECONDS
    if follow:
        shown = event_log.follow(outputs, since, subject, type_ or "", tail or 0)
    else:
        found = [event for event in event_log.read(outputs, since, subject) if (type_ or "") in event["type"]]
        shown = iter(found[-(tail or 0) :])
    is_empty = True
    with suppress(KeyboardInterrupt):
        for event in shown:
            is_empty = False
            if as_json:
                click.echo(json.dumps(event))
            else:
                display.event(event, event_log.sentence(event))
    if is_empty and not follow:
        notes.print(f"There are none in the last {minutes} minutes.")


COMMANDS = (events,)
