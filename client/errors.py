"""What goes wrong, said in a line or two, without a traceback."""

import click


class Failure(click.ClickException):
    """Something the user can do something about. Exit code 2."""

    exit_code = 2
