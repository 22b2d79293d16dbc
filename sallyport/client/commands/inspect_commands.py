"""Commands that inspect a stack: its outputs, mail, logs and promises; and two that change the local one."""

import contextlib
import json
import secrets
import sys
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import httpx
from rich.markup import escape

from sallyport.client import display
from sallyport.client.checks import codes, provider_check, smoke
from sallyport.client.checks.expectations import BrokenPromise
from sallyport.client.checks.provider_check import Providers
from sallyport.client.display import console, notes
from sallyport.client.errors import Failure
from sallyport.client.stack import aws, providers, requests_log, target
from sallyport.client.stack import inbox as caught
from sallyport.client.stack import outputs as stack_outputs
from sallyport.client.stack.local_stack import NOT_UP, STACK, LocalStack, here
from sallyport.client.stack.outputs import HIDDEN
from sallyport.client.stack.requests_log import Line
from sallyport.client.stack.target import takes_outputs
from sallyport.local.clients import REGION


@click.command()
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


@click.command()
def credentials() -> None:
    """Print the environment in which the `aws` command line and SDKs mean this stack.

    For a shell: eval "$(sallyport credentials)". The keys are those of the embedded AWS's root user; they are random,
    and good for nothing else.
    """
    cloud = here().cloud
    if not cloud.is_up:
        raise Failure(NOT_UP)
    variables = {
        "AWS_ENDPOINT_URL": cloud.url,
        "AWS_ACCESS_KEY_ID": cloud.keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": cloud.keys.secret_access_key,
        "AWS_DEFAULT_REGION": REGION,
    }
    for name, value in variables.items():
        click.echo(f"export {name}={value}")


@click.command()
@click.option("--follow", "-f", is_flag=True, help="Stay, and show what comes.")
@click.option("--code", "only_code", is_flag=True, help="Print nothing but the code that was sent last.")
@click.option("--open", "opens", is_flag=True, help="Show the newest mail in the browser, as a person sees it.")
@click.option("--to", "address", help="Only what was sent to this address.")
def inbox(follow: bool, only_code: bool, opens: bool, address: str | None) -> None:
    """Show the mail that the stack has sent.

    Text messages too; none has left this machine.
    """
    stack = here()
    if not stack.is_up:
        raise Failure(NOT_UP)
    if only_code:
        sent = caught.sent_to(stack.cloud.url, address)
        codes = [one.code for one in sent if one.code]
        if not codes:
            raise Failure(f"No code was sent{f' to {address}' if address else ''} yet; all mail: sallyport inbox")
        click.echo(codes[-1])
        if sent[-1].code is None:
            notes.print("Something newer was sent, without a code: sallyport inbox")
        return
    if opens:
        _open_mail(stack, address)
        return
    messages = caught.follow(stack.cloud.url) if follow else iter(caught.messages(stack.cloud.url))
    is_empty = True
    with _quiet_interrupt():
        for message in (message for message in messages if address in (None, message.to)):
            is_empty = False
            display.message(message)
    if is_empty and not follow:
        notes.print(f"Nothing was sent{f' to {address}' if address else ''} since the stack was started.")


def _open_mail(stack: LocalStack, address: str | None) -> None:
    """Write the newest mail into a file that its owner alone can read, and open it."""
    mail = caught.newest_mail(stack.cloud.url, address)
    if mail is None:
        raise Failure(f"No mail was sent{f' to {address}' if address else ''} since the stack was started.")
    page = stack.opened_mail
    page.touch(mode=0o600)
    page.write_text(mail.html, encoding="utf-8")
    with contextlib.suppress(webbrowser.Error):
        webbrowser.open(page.as_uri())
    notes.print(f"{mail.subject}, to {mail.to}: {page.as_uri()}", soft_wrap=True)


@click.command()
@click.argument("function", required=False)
@click.option("--follow", "-f", is_flag=True, help="Stay, and show what comes.")
@click.option("--tail", "-n", type=click.IntRange(1), help="Only the last so many lines.")
@click.option("--since", "minutes", type=click.IntRange(1), help="Minutes ago. Default: 60; on this machine all.")
@takes_outputs()
def logs(outputs: dict[str, str], function: str | None, follow: bool, tail: int | None, minutes: int | None) -> None:
    """Print what the functions have logged, or FUNCTION alone.

    Of another stack with your own AWS credentials: its functions are found by their tags.
    """
    is_mine = outputs["api_url"] == here().state.outputs.get("api_url")
    groups = here().log_groups() if is_mine else requests_log.groups_of(outputs)
    if function is not None:
        if function not in groups:
            raise Failure(f"There is no function called {function}; there are: {', '.join(sorted(groups))}")
        groups = {function: groups[function]}
    all_of_it = 0 if is_mine else 60
    since = requests_log.now() - 60_000 * (minutes or all_of_it) if minutes or all_of_it else 0
    client = aws.client(outputs, "logs")
    with _quiet_interrupt():
        for line in requests_log.lines(client, groups, since)[-(tail or 0) :]:
            _print(line)
            since = max(since, line.at + 1)
        if follow:
            coming = requests_log.follow(here(), groups, since) if is_mine else None
            for line in coming or requests_log.follow_on_aws(client, groups, since):
                _print(line)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _print(line: Line) -> None:
    clock = display.clock(line.at)
    console.print(f"[dim]{clock}[/] [cyan]{line.function:<16}[/] {escape(line.text)}", soft_wrap=True)


@click.command("smoke")
@click.argument("source", metavar="[OUTPUTS.json|-]", required=False)
@click.option("--email", help="An address whose mail you can read; made up for a stack on this machine.")
@click.option("--code-command", metavar="COMMAND", help="Prints the newest code mailed to the address behind it.")
@click.option("--without-mail", is_flag=True, help="Only what needs no mailbox.")
def smoke_command(source: str | None, email: str | None, code_command: str | None, without_mail: bool) -> None:
    """Check a stack's promises from outside.

    The local one's, or any other's by its outputs, one line each. Signs up a new user, with a code read from the
    local inbox, by a command, or asked for, and asks for the user's deletion at the end. Exit code 1 on the first
    broken promise.
    """
    values = stack_outputs.from_file(source) if source else _running_outputs()
    if email is None and not without_mail and not target.is_local(values):
        raise Failure(
            "This stack sends real mail: name an address that you can read, with --email, or use --without-mail"
        )
    ask = codes.by_command(code_command) if code_command else codes.by_terminal
    visitor = smoke.Visitor(values, ask, email or f"smoke-{secrets.token_hex(6)}@example.com")
    started = time.monotonic()
    count = _check(smoke.checks_without_mail(visitor) if without_mail else smoke.checks(visitor))
    console.print(f"{count} promises kept by {values['api_url']} in {time.monotonic() - started:.1f} s", soft_wrap=True)
    if without_mail:
        notes.print("What begins with a mailed code was left out.")


@click.command("providers")
@click.option("--phone", help="Like +5511987650547: texts, calls and pushes go there, and cost money.")
@click.option("--email", default="check@example.com", show_default=True, help="For the Authy user that is made.")
@takes_outputs()
def check_providers(outputs: dict[str, str], phone: str | None, email: str) -> None:
    """Check Authy and Twilio Verify with the stack's own credentials.

    One line for each operation, against the real providers, or the fakes of this machine. With --phone all of them:
    take one that no user of the stack has, for Authy knows users by their phones, and the one that is made is removed.
    On AWS with your own AWS credentials, by the output check_providers_function. Exit code 1 on a broken promise.
    """
    known = Providers(outputs)
    checks = {
        "verify": lambda: provider_check.of_verify(known, phone, _asking(outputs, phone)),
        "authy": lambda: provider_check.of_authy(known, phone, email, _asking(outputs, phone)),
    }
    served = [name for name in checks if known.has(name)]
    if not served:
        raise Failure("This stack has credentials for neither; see the settings authyApiKey and twilioAccountSid")
    try:
        count = sum(_check(checks[name]()) for name in served)
    finally:
        _leave_nothing(known)
    more = "" if phone else "; with --phone, each operation is checked"
    console.print(f"{count} promises kept by {' and '.join(served)}{more}")


@click.command()
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
    with display.deploying() as progress:
        state = stack.deploy_beside(folder, progress.made, progress.declared, notes.print)
    notes.print(f"Deployed: {len(state.entries)} resources.")
    shown = {name: HIDDEN if name in state.secret_outputs else _text(one) for name, one in state.outputs.items()}
    display.table(sorted(shown.items()))


COMMANDS = (output, credentials, inbox, logs, smoke_command, check_providers, deploy)


def _running_outputs() -> dict[str, str]:
    stack = here()
    if not stack.is_up:
        raise Failure(NOT_UP)
    return stack_outputs.read(stack, STACK, show_secrets=False)


def _leave_nothing(known: Providers) -> None:
    """Remove the Authy user that was created; print its id if that fails."""
    try:
        known.remove_user()
    except (BrokenPromise, Failure) as error:
        notes.print(f"Authy still has the user {known.user.get('id')}, made for this check: {escape(str(error))}")


def _check(checks: Iterator[smoke.Check]) -> int:
    """Print each promise and end on the first broken one; return the number of kept promises."""
    count = 0
    for promise, check in checks:
        try:
            check()
        except (BrokenPromise, httpx.HTTPError, KeyError, ValueError) as error:
            console.print(f"[red]✗[/] {promise}\n  {escape(str(error) or type(error).__name__)}", soft_wrap=True)
            sys.exit(1)
        count += 1
        console.print(f"[green]✓[/] {promise}")
    return count


def _asking(outputs: dict[str, str], phone: str | None) -> Callable[[str], str]:
    """Return a function that gets codes from a person, or, on this machine, from the fakes."""
    if not target.is_local(outputs):
        return lambda question: str(click.prompt(question, default="", show_default=False, err=True))
    url = target.cloud_url(outputs)

    def ask(_: str) -> str:
        for push in providers.pushes(url, phone):
            providers.answer(url, push["id"], "approved")
        return caught.newest_code(url, phone) or ""

    return ask


@contextmanager
def _quiet_interrupt() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        notes.print()
