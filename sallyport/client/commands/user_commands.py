"""Commands that manage single users: with the operator's own AWS credentials, in the directory and in the pool."""

import json
import time
from typing import Any

import click

from sallyport.client import display, prompts
from sallyport.client.display import console, notes
from sallyport.client.errors import Failure
from sallyport.client.stack import event_log
from sallyport.client.stack.aws import NoSuchUser
from sallyport.client.stack.target import takes_outputs
from sallyport.client.stack.users import NOT_IN_POOL, PLACES, Users

EVENT_DAYS, MOST_EVENTS = 30, 20
LIMITED = (
    "A limit has refused sign-ins from {network}. `unlock` resets the failures above, and no limit of a network or a "
    "mailbox, which ends at midnight UTC."
)


@click.group()
def user() -> None:
    """Manage a user of the directory and of the pool.

    On AWS this is done with your own AWS credentials; the stack on this machine needs none. Every act is an event that
    names you by your ARN.
    """


place_option = click.option("--in", "place", type=click.Choice(PLACES), help="Default: both.")


@user.command()
@click.argument("email")
@click.option("--in", "place", type=click.Choice(PLACES), default="directory", show_default=True)
@takes_outputs()
def create(outputs: dict[str, str], email: str, place: str) -> None:
    """Create a user who can sign in at once.

    A user of the directory can sign in at the pool's page too. The password, of at least 15 characters, is asked for,
    or read from SALLYPORT_PASSWORD.
    """
    Users(outputs).create(place, email, prompts.password(confirm=True))
    notes.print(f"Created in the {place}.")


@user.command()
@click.argument("email")
@takes_outputs()
def confirm(outputs: dict[str, str], email: str) -> None:
    """Confirm a user who has signed up in the pool and lost the code."""
    Users(outputs).confirm(email)
    notes.print("Confirmed.")


@user.command()
@click.argument("email")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@takes_outputs()
def show(outputs: dict[str, str], email: str, as_json: bool) -> None:
    """Show why a user can sign in, or cannot: state, failures, factors, sessions, events, the pool."""
    users = Users(outputs)
    try:
        found = users.show(email)
    except NoSuchUser as error:
        state = users.pool_state(email)
        raise Failure(f"{error}" if state == NOT_IN_POOL else f"{error} The pool has one: {state}.") from None
    since = int(time.time() * 1000) - EVENT_DAYS * event_log.DAY_MILLISECONDS
    found["events"] = event_log.read(outputs, since, found["user"]["id"])[-MOST_EVENTS:]
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        _show(found)


@user.command()
@click.argument("email")
@place_option
@takes_outputs()
def disable(outputs: dict[str, str], email: str, place: str | None) -> None:
    """Disable a user: sessions end, sign-in is refused."""
    _everywhere(outputs, "disable", email, place)


@user.command()
@click.argument("email")
@place_option
@takes_outputs()
def enable(outputs: dict[str, str], email: str, place: str | None) -> None:
    """Enable a disabled user; a deletion that the user has asked for is taken back."""
    _everywhere(outputs, "enable", email, place)


@user.command()
@click.argument("email")
@takes_outputs()
def unlock(outputs: dict[str, str], email: str) -> None:
    """Reset the counters of wrong passwords and codes."""
    Users(outputs).unlock(email)
    notes.print("Unlocked.")


@user.command("end-sessions")
@click.argument("email")
@takes_outputs()
def end_sessions(outputs: dict[str, str], email: str) -> None:
    """Sign a user out everywhere."""
    Users(outputs).end_sessions(email)
    notes.print("All sessions are over.")


@user.command()
@click.argument("email")
@click.option("--add", multiple=True, metavar="ROLE", help="Give a role; may be repeated.")
@click.option("--remove", multiple=True, metavar="ROLE", help="Take a role; may be repeated.")
@takes_outputs()
def roles(outputs: dict[str, str], email: str, add: tuple[str, ...], remove: tuple[str, ...]) -> None:
    """Show the roles of a user, or change them.

    Tokens of other scopes are refused within the stack's `revocationSeconds`; their clients refresh.
    """
    click.echo(" ".join(Users(outputs).change_roles(email, add, remove)))


@user.command("remove-factors")
@click.argument("email")
@click.confirmation_option(prompt="Is it really them who have lost all their factors?")
@takes_outputs()
def remove_factors(outputs: dict[str, str], email: str) -> None:
    """Take all second factors from a user who has lost them.

    They sign in with the password alone then, so be sure who asks.
    """
    Users(outputs).remove_factors(email)
    notes.print("Removed; all their sessions are over.")


@user.command()
@click.argument("email")
@place_option
@click.confirmation_option(prompt="Delete this user for good?")
@takes_outputs()
def delete(outputs: dict[str, str], email: str, place: str | None) -> None:
    """Delete a user for good, with everything that is stored about them."""
    _everywhere(outputs, "delete", email, place)


def _everywhere(outputs: dict[str, str], action: str, email: str, place: str | None) -> None:
    """Act in both places, the directory first, because the directory could migrate the user to the pool again."""
    users, found = Users(outputs), []
    for one in (place,) if place else PLACES:
        try:
            getattr(users, action)(one, email)
        except NoSuchUser:
            notes.print(f"{one}: no such user")
        else:
            found.append(one)
            notes.print(f"{one}: {action}d")
    if not found:
        raise Failure("Nobody has this address")


def _show(found: dict[str, Any]) -> None:
    known = found["user"]
    state = known["state"] + (f" at {display.moment(known['delete_at'])}" if known["delete_at"] else "")
    rows = [
        ("email", known["email"]),
        ("id", known["id"]),
        ("state", state),
        ("pool", found["pool"]),
        ("roles", " ".join(known["roles"])),
        ("created", display.moment(known["created_at"])),
    ]
    rows += [
        ("failures", f"{one['count']} of {one['most']} {one['what']}, until {display.moment(one['until'])}")
        for one in found["failures"]
    ] or [("failures", "none")]
    rows += [
        ("factor", f"{one['kind']} {one['hint']}{'' if one['confirmed'] else ' (not confirmed)'}")
        for one in found["factors"]
    ] or [("factor", "none")]
    rows += [("session", _session(one)) for one in found["sessions"]] or [("session", "none")]
    display.table(rows)
    refused = next((one for one in reversed(found["events"]) if one["data"].get("reason") == "limit"), None)
    if refused:
        notes.print(LIMITED.format(network=refused.get("network") or "a network"), soft_wrap=True)
    console.print()
    for event in found["events"]:
        display.event(event, event_log.sentence(event))


def _session(one: dict[str, Any]) -> str:
    used = display.moment(one["last_used_at"])
    return f"{one['device']}, {one['network'] or 'unknown network'}, {'+'.join(one['amr'])}, last used {used}"
