"""The command that shows a stack's numbers."""

import json
import time
from contextlib import suppress
from typing import Any

import click
from rich.live import Live

from sallyport.client import sparklines
from sallyport.client.display import console
from sallyport.client.stack import metrics, target
from sallyport.client.stack.metrics import Snapshot
from sallyport.client.stack.target import takes_outputs

MINUTES = click.IntRange(5, 14 * 24 * 60)
LOCAL_SECONDS, AWS_SECONDS = 2, 60
"""Between two looks: CloudWatch has a new value each minute, and bills each that is asked for."""


@click.command()
@click.option(
    "--since",
    "minutes",
    type=MINUTES,
    default=60,
    show_default=True,
    help="Minutes ago; at most 14 days.",
)
@click.option("--follow", "-f", is_flag=True, help="Stay, and look again.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: all values.")
@takes_outputs()
def dashboard(outputs: dict[str, str], minutes: int, follow: bool, as_json: bool) -> None:
    """Show the numbers of a stack: sign-ins, refusals, requests, failures, budgets; and its alarms.

    Those of its dashboard at CloudWatch, which bills 0.01 USD for 20 looks. Of another stack with your own AWS
    credentials, which need cloudwatch:GetMetricData and DescribeAlarms.
    """
    snapshot = metrics.read(outputs, minutes)
    if as_json:
        click.echo(json.dumps(_described(snapshot, outputs["stage"])))
        return
    if not follow:
        console.print(sparklines.drawn(snapshot, outputs["stage"]))
        return
    seconds = LOCAL_SECONDS if target.is_local(outputs) else AWS_SECONDS
    with suppress(KeyboardInterrupt), Live(console=console, auto_refresh=False) as live:
        while True:
            live.update(sparklines.drawn(snapshot, outputs["stage"]), refresh=True)
            time.sleep(seconds)
            snapshot = metrics.read(outputs, minutes)


def _described(snapshot: Snapshot, stage: str) -> dict[str, Any]:
    answers = {
        title: {one.label: {"value": one.value, "values": one.values} for one in series}
        for title, series in snapshot.answers.items()
    }
    of_time = {"since": snapshot.since, "period_seconds": snapshot.period_seconds}
    return {"stage": stage, **of_time, "alarms": dict(snapshot.alarms), "answers": answers}
