"""Commands that manage users: with the operator's own AWS credentials, in the directory and in the pool."""

import click

from sallyport.client import prompts
from sallyport.client.display import notes
from sallyport.client.errors import Failure
from sallyport.client.stack.aws import NoSuchUser
from sallyport.client.stack.target import takes_outputs
from sallyport.client.stack.users import PLACES, Users


@click.group()
def user() -> None:
    """Manage users of the directory and of the pool.

    On AWS this is done with your own AWS credentials; the stack on this machine needs none.
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
    """Enable a disabled user."""
    _everywhere(outputs, "enable", email, place)


@user.command()
@click.argument("email")
@takes_outputs()
def unlock(outputs: dict[str, str], email: str) -> None:
    """Reset the counters of wrong passwords and codes."""
    Users(outputs).unlock(email)
    notes.print("Unlocked.")


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
    """Delete a user for good."""
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
