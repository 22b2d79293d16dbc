"""The `sallyport` command: start and stop of the local stack. The other commands are in the files beside this one."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click
import httpx

from sallyport.client import display
from sallyport.client.commands import (
    auth_commands,
    cost_command,
    dashboard_command,
    event_commands,
    init_command,
    inspect_commands,
    key_commands,
    plan_commands,
    transfer_commands,  # noqa: F401 adds to `users`
)
from sallyport.client.commands.user_commands import user
from sallyport.client.commands.users_commands import users
from sallyport.client.display import console, notes
from sallyport.client.errors import Failure
from sallyport.client.stack import outputs as stack_outputs
from sallyport.client.stack import requests_log
from sallyport.client.stack.local_stack import STACK, LocalStack, here
from sallyport.client.stack.requests_log import StackGone

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

TO_TRY = """[bold]Try it[/]: open {site} in a browser; `sallyport inbox` shows the mailed codes. In another terminal:

  curl {api}/signup -d '{{"email":"ada@example.com","password":"violet otters paddle past nine"}}'
  curl {api}/signup/confirm -d '{{"challenge_id":"...","code":"..."}}'
  curl {api}/signin -d '{{"email":"ada@example.com","password":"violet otters paddle past nine"}}'
  sallyport login
"""


SECTIONS = {
    "The stack on this machine": ("up", "down", "status", "inbox", "credentials", "deploy", "push", "fakes", "otp"),
    "Any stack": ("output", "smoke", "dashboard", "logs", "events", "keys", "providers", "user", "users"),
    "Deploying to AWS": ("init", "plan-check", "cost"),
    "Signing in, and calling the API": (
        "login", "signin", "factor", "stepup", "whoami", "token", "machine-token", "call", "logout",
    ),
}  # fmt: skip


class Sallyport(click.Group):
    """The command group, in sections. A stack that does not answer is a one-line error in every command."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: D102
        listed = {name for names in SECTIONS.values() for name in names}
        more = tuple(name for name in self.list_commands(ctx) if name not in listed)
        width = max(map(len, self.commands))
        for title, names in {**SECTIONS, "More": more}.items():
            rows = [(f"{name:<{width}}", self.commands[name].get_short_help_str(90)) for name in names]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> object:  # noqa: D102
        try:
            return super().invoke(ctx)
        except httpx.HTTPError as error:
            where = getattr(error, "_request", None)
            address = f"{where.url.scheme}://{where.url.netloc.decode()}" if where else "The stack"
            raise Failure(f"{address} does not answer ({type(error).__name__}). Is it up? sallyport status") from None


@click.group(cls=Sallyport, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sallyport")
@click.pass_context
def cli(context: click.Context) -> None:
    """Sign-in that a team owns: try the whole stack on this machine, and check any stack by its outputs."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


OPERATORS = (user, users, *event_commands.COMMANDS, *key_commands.COMMANDS)

for command in (
    *inspect_commands.COMMANDS,
    *auth_commands.COMMANDS,
    *OPERATORS,
    init_command.init,
    plan_commands.plan_check,
    dashboard_command.dashboard,
    cost_command.cost,
):
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
            shown = stack_outputs.read(stack, STACK, show_secrets=False)
            display.table((name, value) for name, value in shown.items() if name != "watched")
            outputs = stack.state.outputs
            console.print(TO_TRY.format(api=outputs["api_url"], site=outputs["site_url"]), soft_wrap=True)
            if detach:
                return
            _watch(stack, is_owner)
    except KeyboardInterrupt:
        notes.print()
    except StackGone:
        if stack.cloud.was_killed:
            raise Failure(
                "The embedded AWS was killed. Start it again: sallyport up. What it had answered for is kept.\n"
                f"Its log: {stack.cloud.log}"
            ) from None
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


def _stop(stack: LocalStack) -> None:
    """Stop the stack; another Ctrl-C meanwhile is ignored, because a half-stopped stack would be worse."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    with notes.status("Stopping"):
        stack.stop()
    notes.print("Stopped; users are kept for the next `up`.")


def _bring_up(stack: LocalStack, port: int | None) -> None:
    started = time.monotonic()
    was_up = stack.is_up
    if not notes.is_terminal:
        notes.print("Starting the embedded AWS, and deploying to it ...")
    with notes.status("Starting the embedded AWS"):
        stack.start(port, _say)
    with display.deploying() as progress:
        stack.deploy(progress.made, progress.declared, _say)
    ready = "It was up already; brought up to date" if was_up else "Ready"
    _say(f"{ready} in {time.monotonic() - started:.1f} s: {progress.count} resources at {stack.cloud.url}")


def _say(text: str) -> None:
    notes.print(text, soft_wrap=True)


def _watch(stack: LocalStack, is_owner: bool) -> None:
    from sallyport.client.stack import reload  # only this command needs watchfiles

    stop = threading.Event()
    stack.cloud.watched.write_text(str(os.getpid()))
    watcher = threading.Thread(target=reload.run, args=(stack, _say, stop), daemon=True)
    watcher.start()
    notes.print(
        f"[dim]Requests show here. Ctrl-C {'stops everything' if is_owner else 'leaves; the stack stays up'}.[/]"
    )
    try:
        for line in requests_log.follow(stack, stack.log_groups(), requests_log.now()):
            display.request(line)
    finally:
        stop.set()
        stack.cloud.stop_watching(os.getpid())
        watcher.join(timeout=5)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the command as Ctrl-C does, so that no process stays behind."""

    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    previous = {ending: signal.signal(ending, interrupt) for ending in ENDINGS}
    try:
        yield
    finally:
        for ending, handler in previous.items():
            signal.signal(ending, handler)
