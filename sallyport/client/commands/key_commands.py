"""Commands about the signing keys, of any stack."""

from typing import Any

import click

from sallyport.client import display
from sallyport.client.display import notes
from sallyport.client.errors import Failure
from sallyport.client.stack import rotation
from sallyport.client.stack.target import takes_outputs


@click.group()
def keys() -> None:
    """List, rotate and revoke the keys that sign access tokens.

    Of another stack with your own AWS credentials.
    """


@keys.command("list")
@takes_outputs()
def list_keys(outputs: dict[str, str]) -> None:
    """List the published keys: the one that signs, the next one, and those that only verify, with their end."""
    display.table((one["kid"], _described(one)) for one in rotation.list_keys(outputs))


@keys.command()
@takes_outputs()
def rotate(outputs: dict[str, str]) -> None:
    """Let the next key sign, and publish another one. No token is refused because of it."""
    with notes.status("Rotating"):
        version = rotation.rotate(outputs)
    notes.print(f"Rotated: version {version} signs; tokens of the old key stay good until they expire.", soft_wrap=True)


@keys.command()
@click.confirmation_option(prompt="Refuse all tokens of all keys that have signed so far?")
@takes_outputs()
def revoke(outputs: dict[str, str]) -> None:
    """Replace all keys after one has leaked, and refuse their tokens.

    Rotates twice, because the next key was beside the one that leaked, makes the functions that sign start again, and
    removes the retired keys. Users refresh, and go on.
    """
    try:
        with notes.status("Revoking") as status:
            rotation.revoke(outputs, lambda step: status.update(f"Revoking: {step}"))
    except KeyboardInterrupt:
        raise Failure("Interrupted: keys of before may still sign and verify. Run the command again.") from None
    notes.print("Revoked: tokens of earlier keys are refused within 5 minutes and revocationSeconds.", soft_wrap=True)


COMMANDS = (keys,)


def _described(key: dict[str, Any]) -> str:
    return f"{key['state']} until {display.moment(key['until'])}" if key["until"] else str(key["state"])
