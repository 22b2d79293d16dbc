"""Prompts at the terminal, with environment variables for scripts."""

import os

import click

PASSWORD_VARIABLE = "SALLYPORT_PASSWORD"  # noqa: S105 the name of a variable


def password(*, confirm: bool = False) -> str:
    """Return the password, from the environment or a hidden prompt; with `confirm` it is asked for twice."""
    given = os.environ.get(PASSWORD_VARIABLE)
    if given:
        return given
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=confirm, err=True)
    return asked
