"""The error of the commands: a message of one or two lines, without a traceback."""

import click


class Failure(click.ClickException):
    """An error that the user can correct. Exit code 2."""

    exit_code = 2
