"""The `sallyport` command."""

import json
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click
import httpx
from rich.markup import escape

from client import display, identity, requests_log, rotation, smoke
from client import inbox as caught
from client import outputs as stack_outputs
from client.display import console, notes
from client.errors import Failure
from client.requests_log import StackGone
from client.stack import NOT_UP, STACK, LocalStack, here

if TYPE_CHECKING:
    from local.engine import Registration

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

TO_TRY = """[bold]Try it[/] (in another terminal; `sallyport inbox` shows the mailed code):

  curl {api}/signup -d '{{"email":"ada@example.com","password":"correct horse battery staple"}}'
  curl {api}/signup/confirm -d '{{"challenge_id":"...","code":"..."}}'
  curl {api}/signin -d '{{"email":"ada@example.com","password":"correct horse battery staple"}}'
  sallyport login
"""


class Sallyport(click.Group):
    """A stack that does not answer is said in a line, whatever the command."""

    def invoke(self, ctx: click.Context) -> object:  # noqa: D102
        try:
            return super().invoke(ctx)
        except httpx.HTTPError as error:
            where = getattr(error, "_request", None)
            address = f"{where.url.scheme}://{where.url.netloc.decode()}" if where else "The stack"
            raise Failure(f"{address} does not answer ({type(error).__name__}). Is it up? sallyport status") from None


@click.group(cls=Sallyport, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sallyport")
def cli() -> None:
    """Sign-in that a team owns: try the whole stack on this machine, and check any stack by its outputs."""


for command in identity.COMMANDS:
    cli.add_command(command)


@cli.command()
@click.option("--detach", "-d", is_flag=True, help="Come back when it is ready; then saves are not deployed.")
@click.option(
    "--port",
    type=click.IntRange(1024, 65535),
    help="Where to serve. If left out: where it did last, or 4566, or a free one.",
)
def up(detach: bool, port: int | None) -> None:
    """Run the whole stack on this machine. Ctrl-C stops it.

    Every request that reaches a function is shown. What is saved while it runs is deployed at once.
    """
    stack = here()
    is_owner = not stack.is_up
    try:
        with _interruptible():
            _bring_up(stack, port)
            display.table(stack_outputs.read(stack, STACK, show_secrets=False).items())
            console.print(TO_TRY.format(api=stack.state.outputs["api_url"]), soft_wrap=True)
            if detach:
                return
            _watch(stack, is_owner)
    except KeyboardInterrupt:
        notes.print()
    except StackGone:
        if stack.cloud.was_killed:
            raise Failure(f"The embedded AWS is gone; what it said last stands in {stack.cloud.log}") from None
        notes.print("Stopped by `sallyport down`.")
        return
    except Failure:
        if is_owner and not detach:
            stack.stop()
        raise
    if is_owner:
        _stop(stack)


@cli.command()
@click.option("--wipe", is_flag=True, help="Forget all users and start from nothing next time.")
def down(wipe: bool) -> None:
    """Stop the stack. Users stay, for the next `up`, unless they are wiped."""
    stack = here()
    was_up = stack.is_up
    with notes.status("Stopping"):
        stack.stop()
        if wipe:
            stack.reset()
    notes.print(f"{'Stopped' if was_up else 'It was not up'}{'; everything is forgotten' if wipe else ''}.")


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def status(as_json: bool) -> None:
    """Say whether the stack is up and where. Exit code 1 if it is not."""
    stack = here()
    state = stack.state
    facts = {
        "up": stack.is_up,
        "api_url": state.outputs.get("api_url"),
        "cloud_url": stack.cloud.url if stack.is_up else None,
        "pid": stack.cloud.pid,
        "resources": len(state.entries),
        "log": str(stack.cloud.log),
    }
    if as_json:
        click.echo(json.dumps(facts))
    elif facts["up"]:
        display.table(
            [("up", str(facts["api_url"])), ("resources", str(facts["resources"])), ("log", str(facts["log"]))]
        )
    else:
        console.print("down" if facts["resources"] else "down, and nothing to come back to")
    sys.exit(0 if facts["up"] else 1)


@cli.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="For scripts, and for `sallyport smoke -`.")
@click.option("--stack", "stack_name", default=STACK, show_default=True, help="Another stack: asks the Pulumi CLI.")
@click.option("--show-secrets", is_flag=True, help="Show them in the clear.")
def output(name: str | None, as_json: bool, stack_name: str, show_secrets: bool) -> None:
    """Print the stack's outputs, or the one called NAME."""
    values = stack_outputs.read(here(), stack_name, show_secrets=show_secrets)
    if name is not None:
        if name not in values:
            raise Failure(f"There is no output called {name}; there are: {', '.join(values)}")
        if values[name] == stack_outputs.HIDDEN:
            raise Failure(f"{name} is a secret; to see it, add --show-secrets")
        click.echo(json.dumps(values[name]) if as_json else values[name])
    elif as_json:
        click.echo(json.dumps(values, indent=2))
    else:
        display.table(values.items())


@cli.command()
@click.option("--follow", "-f", is_flag=True, help="Stay, and show what comes.")
@click.option("--code", "only_code", is_flag=True, help="Print nothing but the code that was sent last.")
@click.option("--to", "address", help="Only what was sent to this address.")
def inbox(follow: bool, only_code: bool, address: str | None) -> None:
    """Show the mail that the stack has sent.

    Text messages too; none has left this machine.
    """
    stack = here()
    if not stack.is_up:
        raise Failure(NOT_UP)
    if only_code:
        code = caught.newest_code(stack.cloud.url, address)
        if code is None:
            raise Failure(f"No code was sent{f' to {address}' if address else ''} yet; all mail: sallyport inbox")
        click.echo(code)
        return
    messages = caught.follow(stack.cloud.url) if follow else iter(caught.messages(stack.cloud.url))
    is_empty = True
    with _quiet_interrupt():
        for message in (message for message in messages if address in (None, message.to)):
            is_empty = False
            display.message(message)
    if is_empty and not follow:
        notes.print("Nothing was sent since the stack was started.")


@cli.command()
@click.argument("function", required=False)
@click.option("--follow", "-f", is_flag=True, help="Stay, and show what comes.")
def logs(function: str | None, follow: bool) -> None:
    """Print what the functions have logged, or FUNCTION alone."""
    stack = here()
    groups = stack.log_groups()
    if not stack.is_up:
        raise Failure(NOT_UP)
    if function is not None:
        if function not in groups:
            raise Failure(f"There is no function called {function}; there are: {', '.join(sorted(groups))}")
        groups = {function: groups[function]}
    lines = requests_log.follow(stack, groups, 0) if follow else iter(requests_log.lines(stack, groups))
    with _quiet_interrupt():
        for line in lines:
            console.print(
                f"[dim]{display.clock(line.at)}[/] [cyan]{line.function:<16}[/] {escape(line.text)}", soft_wrap=True
            )


@cli.command("smoke")
@click.argument("source", metavar="[OUTPUTS.json|-]", required=False)
@click.option("--email", help="An address whose mail you can read; made up for a stack on this machine.")
def smoke_command(source: str | None, email: str | None) -> None:
    """Check a stack's promises from outside.

    The local one's, or any other's by its outputs, one line each. Signs up a new user, with a code read from the
    local inbox or asked for. Exit code 1 on the first broken promise.
    """
    values = stack_outputs.from_file(source) if source else _running_outputs()
    if email is None and not smoke.is_local(values):
        raise Failure("This stack sends real mail: name an address that you can read, with --email")
    address = email or f"smoke-{secrets.token_hex(6)}@example.com"
    visitor = smoke.Visitor(values, _ask_code, address)
    count, started = 0, time.monotonic()
    for promise, check in smoke.checks(visitor):
        try:
            check()
        except (smoke.BrokenPromise, httpx.HTTPError, KeyError, ValueError) as error:
            console.print(f"[red]✗[/] {promise}\n  {escape(str(error) or type(error).__name__)}", soft_wrap=True)
            sys.exit(1)
        count += 1
        console.print(f"[green]✓[/] {promise}")
    console.print(f"{count} promises kept by {values['api_url']} in {time.monotonic() - started:.1f} s", soft_wrap=True)


@cli.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--destroy", is_flag=True, help="Delete what it has made.")
def deploy(folder: Path, destroy: bool) -> None:
    """Run another Pulumi program beside the stack.

    The one in FOLDER; its outputs are printed. It finds this stack by a StackReference to
    organization/sallyport/local. See examples/bookshop.
    """
    stack, folder = here(), folder.resolve()
    if destroy:
        with notes.status("Deleting"):
            count = stack.destroy_beside(folder)
        notes.print(f"Deleted: {count} resources.")
        return
    with notes.status("Deploying") as progress:
        state = stack.deploy_beside(folder, lambda made: progress.update(f"Deploying: {made.name}"))
    notes.print(f"Deployed: {len(state.entries)} resources.")
    display.table(sorted(state.outputs.items()))


@cli.command("rotate-keys")
def rotate_keys() -> None:
    """Rotate the local stack's signing key.

    As Secrets Manager does on schedule, by its four steps.
    """
    stack = here()
    version = rotation.rotate(stack)
    notes.print(f"Rotated: version {version} signs; tokens of the old key stay good until they expire.", soft_wrap=True)


def _stop(stack: LocalStack) -> None:
    """Another Ctrl-C meanwhile changes nothing: half stopped would be worse."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    with notes.status("Stopping"):
        stack.stop()
    notes.print("Stopped; users are kept for the next `up`.")


def _bring_up(stack: LocalStack, port: int | None) -> None:
    started = time.monotonic()
    was_up = stack.is_up
    made = 0
    if not notes.is_terminal:
        notes.print("Starting the embedded AWS, and deploying to it ...")
    with notes.status("Starting the embedded AWS") as progress:

        def on_made(registration: "Registration") -> None:
            nonlocal made
            made += 1
            progress.update(f"Deploying: {made} resources, {registration.name}")

        stack.start(port, notes.print)
        progress.update("Deploying")
        stack.deploy(on_made)
    ready = "It was up already; brought up to date" if was_up else "Ready"
    notes.print(f"{ready} in {time.monotonic() - started:.1f} s: {made} resources at {stack.cloud.url}", soft_wrap=True)


def _watch(stack: LocalStack, is_owner: bool) -> None:
    from client import reload  # watchfiles is for this alone

    stop = threading.Event()
    watcher = threading.Thread(target=reload.run, args=(stack, notes.print, stop), daemon=True)
    watcher.start()
    notes.print(
        f"[dim]Requests show here. Ctrl-C {'stops everything' if is_owner else 'leaves; the stack stays up'}.[/]"
    )
    try:
        for line in requests_log.follow(stack, stack.log_groups(), requests_log.now()):
            display.request(line)
    finally:
        stop.set()
        watcher.join(timeout=5)


def _running_outputs() -> dict[str, str]:
    stack = here()
    if not stack.is_up:
        raise Failure(NOT_UP)
    return stack_outputs.read(stack, STACK, show_secrets=False)


def _ask_code(address: str) -> str:
    """From the terminal itself: standard input may be the outputs."""
    try:
        with open("/dev/tty", "r+") as terminal:  # noqa: PTH123 not a file
            terminal.write(f"The code that was mailed to {address}: ")
            terminal.flush()
            return terminal.readline().strip()
    except OSError:
        raise Failure(f"There is no terminal to ask for the code that was mailed to {address}") from None


@contextmanager
def _interruptible() -> Iterator[None]:
    """A termination, or a terminal that is closed, ends the command as Ctrl-C does: nothing stays behind."""

    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    previous = {ending: signal.signal(ending, interrupt) for ending in ENDINGS}
    try:
        yield
    finally:
        for ending, handler in previous.items():
            signal.signal(ending, handler)


@contextmanager
def _quiet_interrupt() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        notes.print()
