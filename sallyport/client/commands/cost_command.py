"""The command that says what a stack costs."""

import json
from dataclasses import asdict

import click

from sallyport.client.cost import model
from sallyport.client.cost.model import Settings, Use
from sallyport.client.display import console, notes
from sallyport.client.errors import Failure
from sallyport.client.stack import metrics, target
from sallyport.client.stack import outputs as stack_outputs
from sallyport.client.stack.local_stack import here

DAYS, MONTH_DAYS = 7, 30
MEASURED = {
    "sign_ups": ("New users", "sign_up"),
    "requests": ("Requests", "all"),
    "mails": ("Mail of the account", "sent"),
}
COUNT = click.IntRange(0, 10**12)


@click.command()
@click.option("--mau", "users", type=click.IntRange(0, 10**9), required=True, help="Users who are active in a month.")
@click.option("--signups", "sign_ups", type=COUNT, help="Sign-ups in a month. Default: 5 % of the users.")
@click.option("--signins", "sign_ins", type=COUNT, help="Sign-ins in a month. Default: 4 for each user.")
@click.option("--refreshes", type=COUNT, help="Refreshes of tokens in a month. Default: 30 for each user.")
@click.option("--requests", type=COUNT, help="Requests to guarded routes in a month. Default: 200 for each user.")
@click.option("--mails", type=COUNT, help="Mails beside those of sign-ups, in a month. Default: 3 for ten users.")
@click.option("--web-acl", "has_web_acl", is_flag=True, help="With `webAcl`.")
@click.option("--snap-start", "has_snap_start", is_flag=True, help="With `snapStart`.")
@click.option("--provisioned", type=click.IntRange(0, 1000), default=0, help="With `provisionedConcurrency` of N.")
@click.option("--monitoring/--no-monitoring", "has_monitoring", default=True, show_default=True)
@click.option("--stack", "stack_name", help="Take sign-ins, sign-ups and requests from this stack's last 7 days.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def cost(
    users: int,
    stack_name: str | None,
    as_json: bool,
    has_monitoring: bool,
    has_web_acl: bool,
    has_snap_start: bool,
    provisioned: int,
    **given: int | None,
) -> None:
    """Say what a month of a stack costs on AWS, and what others ask for as many users.

    List prices of us-east-1 without free allowances, from a dated file. Durations of functions are assumed.
    """
    if has_snap_start and provisioned:
        raise click.UsageError("A stack has `snapStart` or `provisionedConcurrency`, not both.")
    settings = Settings(
        has_monitoring=has_monitoring,
        has_web_acl=has_web_acl,
        has_snap_start=has_snap_start,
        provisioned=provisioned,
    )
    measured = _measured(stack_name) if stack_name else {}
    known = {name: value if value is not None else measured.get(name) for name, value in given.items()}
    month, idle = model.use(users, settings, **known), model.use(0, settings)
    if as_json:
        bill = {"usd": model.bill(month), "idle_usd": sum(model.bill(idle).values())}
        compared = {"others_usd": model.others(users), "prices": model.PRICES["date"]}
        click.echo(json.dumps({"use": asdict(month), **bill, **compared}))
    else:
        _show(month, sum(model.bill(idle).values()))


def _measured(stack_name: str) -> dict[str, int]:
    """Return what a month has, if it is like the last days. Raises `Failure`."""
    outputs = target.Outputs(stack_outputs.read(here(), stack_name, show_secrets=False))
    answers = metrics.read(outputs, DAYS * 24 * 60).answers
    counted = {name: _value(answers[title], label) for name, (title, label) in MEASURED.items()}
    sign_ins = sum(one.value or 0 for one in answers["Sign-ins by assurance"])
    if not counted["requests"]:
        raise Failure(f"{stack_name} had no requests in the last {DAYS} days")
    return {name: round(value * MONTH_DAYS / DAYS) for name, value in {**counted, "sign_ins": sign_ins}.items()}


def _value(series: list[metrics.Series], label: str) -> float:
    return sum(one.value or 0 for one in series if one.label == label)


def _show(month: Use, idle: float) -> None:
    bill = model.bill(month)
    total = sum(bill.values())
    did = {name: getattr(month, name) for name in ("sign_ups", "sign_ins", "refreshes", "requests", "mails", "visits")}
    described = ", ".join(f"{count:,} {name.replace('_', '-')}" for name, count in did.items())
    console.print(f"[bold]{month.users:,} users[/] in a month: {described}", soft_wrap=True)
    for line, usd in bill.items():
        console.print(f"  {line:<24}{usd:>12,.2f}")
    console.print(f"[bold]  {'USD a month':<24}{total:>12,.2f}[/]{_each(total, month.users)}")
    console.print(f"  {'of which idle':<24}{idle:>12,.2f}")
    console.print("Others ask for as many users:")
    for name, asked in model.others(month.users).items():
        price = "not published" if asked is None else f"{asked:,.2f}"
        console.print(f"  {name:<24}{price:>14}")
    notes.print(f"Prices as of {model.PRICES['date']}, {model.PRICES['region']}, without free allowances of AWS.")


def _each(total: float, users: int) -> str:
    return f"   {1000 * total / users:,.2f} for 1,000 users" if users else ""
