"""The command that looks at what Pulumi is about to do."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from sallyport.client import display
from sallyport.client.checks import plan
from sallyport.client.display import console, notes
from sallyport.client.errors import Failure


@click.command("plan-check")
@click.argument("source", metavar="FILE|-")
@click.option("--allow", "allowed", multiple=True, metavar="NAME", help="A resource that may be lost; several times.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def plan_check(source: str, allowed: tuple[str, ...], as_json: bool) -> None:
    """Refuse an update that would replace or delete what holds data.

    FILE is what `pulumi preview --json` has printed. Exit code 1 if something would be lost.
    """
    found = plan.read(_text(source), source)
    unknown = set(allowed) - {one.name for one in found.losses}
    if unknown:
        raise Failure(f"--allow {', '.join(sorted(unknown))}: the update does not touch it")
    losses = [one for one in found.losses if one.name not in allowed]
    if as_json:
        described = {"losses": losses, "allowed": [one for one in found.losses if one.name in allowed]}
        listed = {name: [asdict(one) for one in ones] for name, ones in described.items()}
        click.echo(json.dumps({"changes": dict(found.counts), **listed}))
    else:
        _show(found, losses)
    sys.exit(1 if losses else 0)


def _show(found: plan.Plan, losses: list[plan.Loss]) -> None:
    on_purpose = ", ".join(one.name for one in found.losses)
    counts = ", ".join(f"{count} {name}" for name, count in sorted(found.counts.items()))
    for one in losses:
        reason = f", since {', '.join(one.because)} changes" if one.because else ""
        console.print(f"[red]✗[/] {one.name} would be {one.what}{reason}: it holds {one.holds}", soft_wrap=True)
    if losses:
        notes.print("Nothing was changed. To lose it on purpose: --allow NAME for each.", soft_wrap=True)
    else:
        kept = f"is lost on purpose: {on_purpose}" if on_purpose else "stays"
        display.table([("changes", counts or "none"), ("what holds data", kept)])


def _text(source: str) -> str:
    try:
        return sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    except OSError as error:
        raise Failure(f"{source} cannot be read: {error.strerror}") from None
