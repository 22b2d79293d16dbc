"""Commands for second factors: their use in scripts, their output, and the secrets that they never print."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sallyport.client.stack.local_stack import LocalStack
from tests.client.test_commands import refusal
from tests.local.test_cloud import Terminal
from tests.support.account import Account, new_phone
from tests.support.command import SALLYPORT
from tests.support.handlers import PASSWORD, new_address

COMMAND = " ".join(f"'{part}'" if " " in part or ";" in part else part for part in SALLYPORT)


@pytest.fixture
def terminal(stack: LocalStack) -> Iterator[Terminal]:
    """A terminal without a session, before and after; no fault is left."""
    one = Terminal(stack.home)
    yield one
    one.run("fakes", "--fault", "none")
    one.run("logout", "--forget")


@pytest.fixture
def ada(terminal: Terminal) -> str:
    """A user who is signed in at the directory."""
    address = new_address()
    assert terminal.run("user", "create", address, SALLYPORT_PASSWORD=PASSWORD).returncode == 0
    assert terminal.run("signin", "--email", address, SALLYPORT_PASSWORD=PASSWORD).returncode == 0
    return address


def mailed(address: str) -> tuple[str, str]:
    """Step up with a mailed code, as users without a factor do."""
    return "--mailed-code-from", f"{COMMAND} inbox --code --to {address}"


def otp(secret: Path, *options: str) -> str:
    return f"{COMMAND} otp {' '.join(options)} < {secret}"


@pytest.fixture
def app(terminal: Terminal, ada: str, tmp_path: Path) -> Path:
    """The file with the secret of an enrolled authenticator app."""
    secret = tmp_path / "secret"
    added = terminal.run("factor", "add", "totp", "--save", str(secret), "--code-from", otp(secret), *mailed(ada))
    assert added.returncode == 0, added.stderr
    return secret


def test_an_app_is_added_listed_and_asked_for(terminal: Terminal, ada: str, app: Path) -> None:
    listed = json.loads(terminal.run("factor", "list", "--json").stdout)
    signed_in = terminal.run(
        "signin", "--email", ada, "--with", "totp", "--code-from", otp(app, "--next"), SALLYPORT_PASSWORD=PASSWORD
    )

    assert [(one["id"], one["confirmed"]) for one in listed["factors"]] == [("totp", True)]
    assert listed["second_factor"] == "optional"
    assert signed_in.returncode == 0, signed_in.stderr
    assert app.stat().st_mode & 0o777 == 0o600
    assert app.read_text().strip() not in signed_in.stdout + signed_in.stderr


def test_a_secret_is_never_written_over_a_file(terminal: Terminal, ada: str, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine")

    done = terminal.run("factor", "add", "totp", "--save", str(taken), "--code-from", "echo 1", *mailed(ada))

    assert str(taken) in refusal(done)
    assert taken.read_text() == "mine"


def test_without_a_script_it_is_shown_to_be_scanned_and_the_code_is_asked_for(terminal: Terminal, ada: str) -> None:
    done = terminal.run("factor", "add", "totp", *mailed(ada), stdin="000000\n")

    assert re.search(r"^  [A-Z2-7]{32}$", done.stderr, re.MULTILINE)
    assert "Code (of the new factor)" in done.stderr
    assert "used up or expired" in done.stderr


def test_what_asks_for_more_steps_up_by_itself(terminal: Terminal, ada: str, app: Path) -> None:
    """The session is from before the app was added."""
    codes = terminal.run("factor", "recovery-codes", "--code-from", otp(app, "--next"))

    assert codes.returncode == 0, codes.stderr
    assert "This needs a fresh sign-in" in codes.stderr
    assert len(codes.stdout.split()) == 10
    removed = terminal.run("factor", "remove", "totp")
    assert removed.returncode == 0, removed.stderr
    assert "Removed: totp" in removed.stderr


def test_stepping_up_takes_a_mailed_code_where_there_is_no_factor(terminal: Terminal, ada: str) -> None:
    done = terminal.run("stepup", *mailed(ada))

    assert done.returncode == 0, done.stderr
    assert terminal.run("whoami").returncode == 0


def test_a_call_that_lacks_freshness_says_which_command_helps(terminal: Terminal, ada: str, app: Path) -> None:
    done = terminal.run("call", "POST", "/me/recovery-codes")

    assert done.returncode == 1
    assert "sallyport stepup" in done.stderr


@pytest.mark.parametrize("kind", ["authy", "verify"])
def test_a_phone_is_added_and_used(terminal: Terminal, ada: str, kind: str) -> None:
    phone = new_phone()
    inbox = f"{COMMAND} inbox --code --to {phone}"
    added = terminal.run("factor", "add", kind, "--phone", phone, "--code-from", inbox, *mailed(ada))
    signed_in = terminal.run(
        "signin", "--email", ada, "--with", f"{kind}:call", "--code-from", inbox, SALLYPORT_PASSWORD=PASSWORD
    )

    assert added.returncode == 0, added.stderr
    assert signed_in.returncode == 0, signed_in.stderr
    assert phone not in added.stdout + added.stderr
    assert "call from" in terminal.run("inbox", "--to", phone).stdout


@pytest.fixture
def waiting_phone(account: Account, phone: str) -> str:
    """Another user's phone with a waiting push."""
    account.add_phone("authy", phone)
    assert account.start(account.challenge(), "authy", "push").status == 202
    return phone


def test_a_push_is_denied(terminal: Terminal, ada: str, waiting_phone: str, tmp_path: Path) -> None:
    """Though another one waits already, which is left to its owner."""
    phone, log = new_phone(), tmp_path / "log"
    inbox = f"{COMMAND} inbox --code --to {phone}"
    terminal.run("factor", "add", "authy", "--phone", phone, "--code-from", inbox, *mailed(ada))

    assert f"No push waits at {phone}" in refusal(terminal.run("push", "deny", "--to", phone))
    signing_in = ("signin", "--email", ada, "--with", "authy:push")
    waiting = terminal.start(*signing_in, log=log, SALLYPORT_PASSWORD=PASSWORD)
    denied = terminal.run("push", "deny", "--to", phone, "--wait", "60")

    assert waiting.wait(timeout=60) == 2
    assert f"Denied: Sign in? ({phone})" in denied.stderr
    assert waiting_phone in terminal.run("push", "list").stdout
    assert "used up or expired" in log.read_text()


def test_a_fault_is_said_in_a_line_and_ends_when_it_is_told_to(terminal: Terminal, ada: str) -> None:
    phone, failing = new_phone(), terminal.run("fakes", "--fault", "500")

    assert re.search(r"^authy +500$", failing.stdout, re.MULTILINE)
    refused = terminal.run("factor", "add", "authy", "--phone", phone, "--code-from", "echo 1", *mailed(ada))
    assert "The provider of this factor has failed" in refusal(refused)
    assert re.search(r"^verify +well$", terminal.run("fakes", "--fault", "none").stdout, re.MULTILINE)


def test_every_operation_of_the_providers_is_checked(terminal: Terminal) -> None:
    done = terminal.run("providers", "--phone", new_phone())

    assert done.returncode == 0, done.stdout
    assert "24 promises kept by verify and authy" in done.stdout


def test_a_provider_that_fails_breaks_its_promise(terminal: Terminal) -> None:
    terminal.run("fakes", "--fault", "html", "--provider", "authy")

    done = terminal.run("providers")

    assert done.returncode == 1
    assert "✓ Verify knows the service" in done.stdout
    assert "authy app: The provider of this factor has failed" in done.stdout


def test_what_is_no_secret_is_said(terminal: Terminal) -> None:
    assert "no secret of an authenticator app" in refusal(terminal.run("otp", stdin="!!!\n"))


def test_who_has_lost_everything_is_let_in_by_an_operator(terminal: Terminal, ada: str, app: Path) -> None:
    removed = terminal.run("user", "remove-factors", ada, "--yes")
    signed_in = terminal.run("signin", "--email", ada, SALLYPORT_PASSWORD=PASSWORD)

    assert removed.returncode == 0, removed.stderr
    assert signed_in.returncode == 0, signed_in.stderr
    assert json.loads(terminal.run("factor", "list", "--json").stdout)["factors"] == []
    assert "removed by an operator" in terminal.run("inbox", "--to", ada).stdout
