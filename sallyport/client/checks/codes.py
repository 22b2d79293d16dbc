"""Where mailed codes come from when a check signs up at a stack that sends real mail."""

import shlex
import subprocess
from collections.abc import Callable

from sallyport.client.errors import Failure

SECONDS = 120
"""How long a command may wait for a mail."""


def by_command(command: str) -> Callable[[str], str]:
    """Return a function that runs the command with an address behind it, and returns the code that it prints."""

    def ask(address: str) -> str:
        try:
            done = subprocess.run([*shlex.split(command), address], capture_output=True, text=True, timeout=SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Failure(f"--code-command: {type(error).__name__}") from None
        if done.returncode != 0 or not done.stdout.strip():
            raise Failure(f"--code-command: it printed no code, and ended with {done.returncode}")
        return done.stdout.strip()

    return ask


def by_terminal(address: str) -> str:
    """Return the code that a person types into the terminal itself, because standard input may hold the outputs."""
    try:
        with open("/dev/tty", "r+") as terminal:  # noqa: PTH123 not a file
            terminal.write(f"The code that was mailed to {address}: ")
            terminal.flush()
            return terminal.readline().strip()
    except OSError:
        raise Failure(
            f"There is no terminal to ask for the code that was mailed to {address}: "
            "name a command that prints it with --code-command, or leave out what needs it with --without-mail"
        ) from None
