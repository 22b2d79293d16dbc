"""Commands of authentication: sign-in and sign-out, tokens, and API calls with them."""

import json
import sys
from datetime import datetime
from pathlib import Path

import click
import httpx

from sallyport.client import display, prompts
from sallyport.client.auth import api_calls as api
from sallyport.client.auth import oauth, sign_in, token_store
from sallyport.client.auth.mfa import FactorChoice
from sallyport.client.auth.token_store import Session
from sallyport.client.auth.verified_tokens import Claims
from sallyport.client.commands.factor_commands import COMMANDS as FACTOR_COMMANDS
from sallyport.client.commands.factor_commands import second_factor_options
from sallyport.client.display import notes
from sallyport.client.errors import Failure
from sallyport.client.stack.target import takes_outputs

LOGIN_SECONDS = 300

scope_option = click.option(
    "--scope", "scopes", multiple=True, help="Such as HelloAPI/hello.read; may be given more than once. Default: all."
)


@click.command()
@scope_option
@click.option(
    "--client", type=click.Choice(["terminal", "server"]), default="terminal", show_default=True, help="Of the pool."
)
@click.option("--no-browser", is_flag=True, help="Only print the address to open.")
@click.option(
    "--timeout",
    type=click.IntRange(1),
    default=LOGIN_SECONDS,
    show_default=True,
    help="Seconds to wait for the browser.",
)
@takes_outputs(secrets=True)
def login(outputs: dict[str, str], scopes: tuple[str, ...], client: str, no_browser: bool, timeout: int) -> None:
    """Sign in through the browser, at the user pool's page.

    Asks for all scopes of the stack unless some are named. The tokens are kept in the system's keyring, or in a file
    that only you can read; no other command prints them unless it is asked to.

    The browser must run on this machine, or its way back here be open: ssh -L 8083:localhost:8083 ...
    """

    def show(url: str) -> None:
        notes.print("Open this in a browser:" if no_browser else "Waiting for the browser. If none opens, open this:")
        notes.print(f"\n  {url}\n", soft_wrap=True, markup=False)
        if not no_browser:
            sign_in.open_browser(url, lambda: notes.print("No browser could be opened here."))

    session = sign_in.through_browser(outputs, client, scopes or oauth.DEFAULT_SCOPES, timeout, show)
    _keep(outputs, session)


@click.command()
@click.option("--email", prompt=True, help="Asked for if left out.")
@click.option("--mailed-code", is_flag=True, help="Without a password: a code is mailed.")
@click.option("--mailed-code-from", metavar="COMMAND", help="For scripts: a shell command that prints that code.")
@second_factor_options
@takes_outputs()
def signin(
    outputs: dict[str, str],
    email: str,
    mailed_code: bool,
    mailed_code_from: str | None,
    factor: str | None,
    code_from: str | None,
) -> None:
    """Sign in to the directory, with address and password, or with a mailed code.

    The password is asked for, or read from the environment variable SALLYPORT_PASSWORD. A second factor is asked for
    if the account has one.
    """
    choice = FactorChoice(factor, code_from, mailed_code_from)
    if mailed_code or mailed_code_from:
        session = sign_in.by_mailed_code(outputs, email, lambda: choice.mailed_code(email), choice, notes.print)
    else:
        session = sign_in.in_directory(outputs, email, prompts.password(), choice, notes.print)
    _keep(outputs, session)


@click.command()
@click.option("--raw", is_flag=True, help="Print the token itself.")
@click.option("--decode", is_flag=True, help="Print the verified claims.")
@click.option("--json", "as_json", is_flag=True, help="Print all tokens, for scripts.")
@click.option("--kind", type=click.Choice(["access", "id", "refresh"]), default="access", help="Which one, with --raw.")
@click.option("--refresh", is_flag=True, help="Get a new one first, even if this one is still good.")
@click.option("--username", help="For scripts: sign in as this user now, and keep nothing.")
@click.option(
    "--issuer", type=click.Choice(["pool", "api"]), default="pool", show_default=True, help="With --username."
)
@takes_outputs(secrets=True)
def token(
    outputs: dict[str, str],
    raw: bool,
    decode: bool,
    as_json: bool,
    kind: str,
    refresh: bool,
    username: str | None,
    issuer: str,
) -> None:
    """Show the tokens of the session.

    They are refreshed if that is due, and shown by themselves only with --raw or --json.

    With --username it signs in on the spot, the password from SALLYPORT_PASSWORD or a prompt. At the pool this goes
    by SRP, and such a token has the scope aws.cognito.signin.user.admin alone; in the directory it has all scopes.
    """
    if raw + decode + as_json > 1 or (kind != "access" and not raw) or (username and refresh):
        raise click.UsageError(
            "Choose one of --raw, --decode and --json; --kind goes with --raw, --refresh without --username"
        )
    session = _of_user(outputs, username, issuer) if username else sign_in.current(outputs, force=refresh)
    claims = sign_in.claims(outputs, session)
    if raw:
        click.echo(_token(session, kind))
    elif as_json:
        click.echo(json.dumps(_all_tokens(session), indent=2))
    elif decode:
        click.echo(json.dumps(claims, indent=2))
    else:
        display.table(_summary(session, claims, is_kept=not username))


@click.command("machine-token")
@scope_option
@takes_outputs(secrets=True)
def machine_token(outputs: dict[str, str], scopes: tuple[str, ...]) -> None:
    """Print an access token for a program.

    It is the machine client's, by client credentials: no user's.
    """
    click.echo(oauth.machine_token(outputs, scopes).access_token)


@click.command()
@click.argument("method")
@click.argument("path")
@click.option("--data", "-d", help="The body: JSON, @FILE, or - for standard input.")
@click.option("--header", "-H", "headers", multiple=True, help="'Name: value'; may be given more than once.")
@click.option("--verbose", "-v", is_flag=True, help="Show the answer's headers.")
@click.option("--machine", is_flag=True, help="As the machine client, instead of whoever is signed in.")
@takes_outputs(secrets=True)
def call(
    outputs: dict[str, str],
    method: str,
    path: str,
    data: str | None,
    headers: tuple[str, ...],
    verbose: bool,
    machine: bool,
) -> None:
    """Call the API as who is signed in.

    The status goes to standard error, the body to standard output. Exit code 1 from status 400 on.

    Example: sallyport call POST /orders --data '{"restaurant_id": "trattoria", "quantity": 2}'
    """
    access, issuer = _access(outputs, machine)
    answer = api.send(outputs, method, path, access, _body(data), dict(_header(line) for line in headers))
    notes.print(f"{answer.status_code} {answer.reason_phrase}", style="green" if answer.is_success else "red")
    if verbose:
        for name, value in answer.headers.items():
            notes.print(f"{name}: {value}", style="dim", markup=False, soft_wrap=True)
    if answer.text:
        click.echo(answer.text)
    missing = api.explain(outputs, answer, api.scopes_of(access), issuer)
    if missing:
        notes.print(missing, markup=False, soft_wrap=True)
    sys.exit(1 if answer.is_error else 0)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@takes_outputs(secrets=True)
def whoami(outputs: dict[str, str], as_json: bool) -> None:
    """Show who is signed in, and for how long.

    The session is refreshed for this: exit code 2 if it has ended.
    """
    session = sign_in.confirmed(outputs)
    rows = _summary(session, sign_in.claims(outputs, session))
    if as_json:
        click.echo(json.dumps({name.replace(" ", "_"): value for name, value in rows}, indent=2))
    else:
        display.table(rows)


@click.command()
@click.option("--forget", is_flag=True, help="Forget the tokens even if they cannot be revoked now.")
@takes_outputs(secrets=True, needs_stack=False)
def logout(outputs: dict[str, str], forget: bool) -> None:
    """Revoke the tokens, then forget them. The pool's page in the browser has a memory of its own.

    What cannot be revoked now is not forgotten, unless --forget is given.
    """
    try:
        sign_in.end(outputs)
    except (Failure, httpx.HTTPError):
        if not forget:
            raise
        with token_store.locked():
            token_store.forget(outputs["api_url"])
        notes.print("Forgotten; what could not be revoked ends by itself.")
        return
    notes.print("Signed out.")


COMMANDS = (login, signin, token, machine_token, call, whoami, logout, *FACTOR_COMMANDS)


def _keep(outputs: dict[str, str], session: Session) -> None:
    claims = sign_in.claims(outputs, session)
    place = sign_in.keep(outputs, session)
    display.table([*_summary(session, claims), ("kept in", place)])


def _of_user(outputs: dict[str, str], username: str, issuer: str) -> Session:
    if issuer == "api":
        return sign_in.in_directory(outputs, username, prompts.password(), FactorChoice(), notes.print)
    return sign_in.with_srp(outputs, username, prompts.password())


def _access(outputs: dict[str, str], machine: bool) -> tuple[str | None, str | None]:
    """Return the token to send and its issuer; None for both if nobody is signed in."""
    if machine:
        return oauth.machine_token(outputs, ()).access_token, "pool"
    if sign_in.kept(outputs) is None:
        return None, None
    session = sign_in.current(outputs)
    return session.tokens.access_token, session.issuer


def _token(session: Session, kind: str) -> str:
    found = _all_tokens(session)[f"{kind}_token"]
    if found is None:
        raise Failure(f"The session has no {kind} token; it comes with the scope openid, from: sallyport login")
    return found


def _all_tokens(session: Session) -> dict[str, str | None]:
    tokens = session.tokens
    return {"access_token": tokens.access_token, "id_token": tokens.id_token, "refresh_token": tokens.refresh_token}


def _summary(session: Session, claims: dict[str, Claims], *, is_kept: bool = True) -> list[tuple[str, str]]:
    access = claims["access"]
    until = datetime.fromtimestamp(access["exp"]).strftime("%H:%M:%S")
    return [
        ("signed in as", session.name),
        ("subject", access["sub"]),
        ("issuer", "user pool" if session.issuer == "pool" else "API"),
        ("scopes", str(access.get("scope", ""))),
        ("good until", f"{until}, then refreshed" if is_kept and session.tokens.refresh_token else until),
    ]


def _body(data: str | None) -> bytes | None:
    if data is None:
        return None
    try:
        if data == "-":
            return sys.stdin.buffer.read()
        return Path(data[1:]).read_bytes() if data.startswith("@") else data.encode()
    except OSError as error:
        raise Failure(f"{data[1:]} cannot be read: {error.strerror}") from None


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or name.strip().lower() == "authorization":
        raise Failure(f"'{name}' is not a header to set; write 'Name: value', and leave Authorization to this command")
    return name.strip(), value.strip()
