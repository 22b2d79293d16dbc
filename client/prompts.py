"""What is asked at the terminal, or read from the environment where scripts have none."""

import os

import click

PASSWORD_VARIABLE = "SALLYPORT_PASSWORD"  # noqa: S105 the name of a variable


def password(*, confirm: bool = False) -> str:
    """A password, hidden; asked for twice where it is new."""
    given = os.environ.get(PASSWORD_VARIABLE)
    if given:
        return given
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=confirm, err=True)
    return asked
