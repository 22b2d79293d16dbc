"""Commands of second factors: the user's own, and the fakes on this machine."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from sallyport.client import display
from sallyport.client.auth.factors import Factors
from sallyport.client.auth.mfa import FactorChoice
from sallyport.client.display import notes
from sallyport.client.errors import Failure
from sallyport.client.stack import providers
from sallyport.client.stack.local_stack import NOT_UP, here
from sallyport.client.stack.target import takes_outputs

CODE_FACTORS = ("totp", "authy", "verify")
CHANNELS = ("sms", "call", "app")


def second_factor_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options `--with` and `--code-from`."""
    command = click.option("--code-from", metavar="COMMAND", help="For scripts: a shell command that prints the code.")(
        command
    )
    return click.option(
        "--with",
        "factor",
        metavar="FACTOR[:CHANNEL]",
        help="Such as totp, authy:push or recovery. Asked for if left out.",
    )(command)


@click.group()
def factor() -> None:
    """Add, list and remove your own second factors.

    They are those of the user who is signed in (sallyport signin).
    """


@factor.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@takes_outputs()
def list_(outputs: dict[str, str], as_json: bool) -> None:
    """Show your factors, and the kinds that this stack offers."""
    own = Factors(outputs, FactorChoice(), notes.print)
    listed, available = own.listed(), own.available()
    if as_json:
        click.echo(json.dumps({**listed, **available}, indent=2))
        return
    rows = [(one["id"], f"{one['hint']}{'' if one['confirmed'] else '  (not confirmed)'}") for one in listed["factors"]]
    codes = ("recovery codes", f"{listed['recovery_codes_left']} left")
    display.table([*rows, codes, ("offered", ", ".join(available["kinds"])), ("policy", available["second_factor"])])


@factor.command()
@click.argument("kind", type=click.Choice(CODE_FACTORS))
@click.option("--phone", help="For authy and verify: with the country's calling code, like +5511987650547.")
@click.option("--channel", type=click.Choice(CHANNELS), default="sms", show_default=True, help="For authy and verify.")
@click.option("--save", type=click.Path(path_type=Path), help="For totp in scripts: write the secret to this new file.")
@second_factor_options
@click.option("--mailed-code-from", metavar="COMMAND", help="For scripts: prints the code mailed for the first factor.")
@takes_outputs()
def add(
    outputs: dict[str, str],
    kind: str,
    phone: str | None,
    channel: str,
    save: Path | None,
    factor: str | None,
    code_from: str | None,
    mailed_code_from: str | None,
) -> None:
    """Add a second factor of KIND, and confirm it with a code.

    From then on it is asked for when you sign in. Before the first one, a code is mailed to you, so that a thief of
    your password cannot add one. Passkeys are added in a browser.
    """
    own = Factors(outputs, FactorChoice(factor, mailed_code_from=mailed_code_from), notes.print)
    if save is not None and kind != "totp":
        raise Failure(f"--save is for totp: {kind} has no secret of yours")
    if kind == "totp":
        with _new_file(save) as file:
            _show_secret(own.begin("totp", {}), file)
    else:
        own.begin(kind, _phone(outputs, kind, phone))
        if channel != "app":
            own.send_code(kind, channel)
    confirmed = own.confirm(kind, FactorChoice(code_from=code_from).code("of the new factor"))
    notes.print(f"Added: {confirmed['id']} ({confirmed['hint']}). It is asked for from now on.")
    if not own.listed()["recovery_codes_left"]:
        notes.print("Have a way back in, should you lose it: sallyport factor recovery-codes")


@factor.command()
@click.argument("factor_id")
@second_factor_options
@takes_outputs()
def remove(outputs: dict[str, str], factor_id: str, factor: str | None, code_from: str | None) -> None:
    """Remove a second factor; asks for one of them first."""
    Factors(outputs, FactorChoice(factor, code_from), notes.print).remove(factor_id)
    notes.print(f"Removed: {factor_id}")


@factor.command("recovery-codes")
@second_factor_options
@takes_outputs()
def recovery_codes(outputs: dict[str, str], factor: str | None, code_from: str | None) -> None:
    """Print ten new recovery codes; those of before are void.

    Each is accepted once, as a second factor. They are shown this once: print them, or redirect them to a safe place.
    """
    for code in Factors(outputs, FactorChoice(factor, code_from), notes.print).recovery_codes():
        click.echo(code)


@click.command()
@second_factor_options
@click.option("--mailed-code-from", metavar="COMMAND", help="For scripts: a shell command that prints the mailed code.")
@takes_outputs()
def stepup(outputs: dict[str, str], factor: str | None, code_from: str | None, mailed_code_from: str | None) -> None:
    """Authenticate again, in the same session.

    With a second factor; or where there is none with a mailed code, or the password on a stack that sends no mail.
    """
    Factors(outputs, FactorChoice(factor, code_from, mailed_code_from), notes.print).step_up()
    notes.print("Stepped up; the session has a new access token.")


@click.command()
@click.option("--next", "is_next", is_flag=True, help="Of the next half minute, which is taken already.")
def otp(is_next: bool) -> None:
    """Print the code of an authenticator app.

    Its secret is read from standard input. For scripts: people have the app.
    """
    import pyotp

    secret = sys.stdin.readline().strip()
    if not secret:
        raise Failure("Standard input holds no secret of an authenticator app (base32)")
    try:
        click.echo(pyotp.TOTP(secret).at(int(time.time()) + (30 if is_next else 0)))
    except ValueError:
        raise Failure("Standard input holds no secret of an authenticator app (base32)") from None


@click.group()
def push() -> None:
    """Answer the pushes that wait on this machine, as the phone's owner would."""


@push.command("list")
def list_pushes() -> None:
    """Show those that wait."""
    display.table([(one["to"], one["text"]) for one in providers.pushes(_cloud_url())])


def one_push_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options `--to` and `--wait`."""
    command = click.option(
        "--wait", "seconds", type=click.IntRange(0), default=0, help="Seconds to wait for one.", show_default=True
    )(command)
    return click.option("--to", "phone", help="Only one that was sent to this phone, like +5511987650547.")(command)


@push.command()
@one_push_options
def approve(phone: str | None, seconds: int) -> None:
    """Approve the newest one."""
    _decide("approved", phone, seconds)


@push.command()
@one_push_options
def deny(phone: str | None, seconds: int) -> None:
    """Deny the newest one."""
    _decide("denied", phone, seconds)


@click.command()
@click.option("--fault", type=click.Choice([*providers.FAULTS, "none"]), help="Spoil every answer, until it is none.")
@click.option("--provider", type=click.Choice(providers.PROVIDERS), help="Only this one's. Default: both.")
def fakes(fault: str | None, provider: str | None) -> None:
    """Show the fakes of Authy and Verify on this machine, or let them fail."""
    url = _cloud_url()
    if fault is not None:
        providers.spoil(url, provider, None if fault == "none" else fault)
    known = providers.faults(url)
    users = [
        (f"authy user {one['id']}", f"{one['phone']}, its app shows {one['app_code']}") for one in providers.users(url)
    ]
    display.table([*((name, known.get(name, "well")) for name in providers.PROVIDERS), *users])


COMMANDS = (factor, stepup, otp, push, fakes)


@contextmanager
def _new_file(path: Path | None) -> Iterator[IO[str] | None]:
    """Create a file that only its owner can read, before the secret exists; delete it again after an error."""
    if path is None:
        yield None
        return
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Failure(f"{path} cannot be made: {error.strerror}") from None
    try:
        with os.fdopen(opened, "w") as file:
            yield file
    except BaseException:
        path.unlink()
        raise


def _show_secret(made: dict[str, Any], file: IO[str] | None) -> None:
    if file is not None:
        file.write(made["secret"] + "\n")
        return
    import segno

    notes.print("Scan this with an authenticator app, or type the secret into it:\n")
    segno.make(made["uri"]).terminal(out=sys.stderr, compact=True)
    notes.print(f"\n  {made['secret']}\n")


def _phone(outputs: dict[str, str], kind: str, phone: str | None) -> dict[str, str]:
    import phonenumbers

    from sallyport.client.auth import sign_in

    text = phone or click.prompt("Phone, like +5511987650547", err=True)
    try:
        parsed = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise Failure(f"{text} is not a phone with its country's calling code, like +5511987650547") from None
    if kind == "verify":
        return {"phone": text}
    email = sign_in.current(outputs).name
    return {"email": email, "phone": str(parsed.national_number), "ccode": str(parsed.country_code)}


def _decide(status: str, phone: str | None, seconds: int) -> None:
    url, deadline = _cloud_url(), time.monotonic() + seconds
    while not (waiting := providers.pushes(url, phone)):
        if time.monotonic() >= deadline:
            raise Failure(f"No push waits{f' at {phone}' if phone else ''}; those that do: sallyport push list")
        time.sleep(0.2)
    providers.answer(url, waiting[-1]["id"], status)
    notes.print(f"{status.capitalize()}: {waiting[-1]['text']} ({waiting[-1]['to']})")


def _cloud_url() -> str:
    stack = here()
    if not stack.is_up:
        raise Failure(NOT_UP)
    return stack.cloud.url
