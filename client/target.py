"""Which stack a command means: the local one, another by its name, or any by its outputs."""

import functools
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import click

from client import outputs as stack_outputs
from client.errors import Failure
from client.stack import NOT_UP, STACK, here
from client.web import LOOPBACK


class Outputs(dict[str, str]):
    """The outputs of a stack; one that is not there is said in a line."""

    def __missing__(self, name: str) -> str:
        raise Failure(f"The outputs hold no {name}: are they those of a Sallyport stack, as it is now?")


def takes_outputs(
    *, secrets: bool = False, needs_stack: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Options `--stack` and `--outputs` for a command whose first argument is then the stack's outputs.

    With `needs_stack` the local stack must be up.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option(
            "--stack", "stack_name", default=STACK, show_default=True, help="Another stack: asks the Pulumi CLI."
        )
        @click.option("--outputs", "source", metavar="FILE|-", help="A stack by its outputs, as JSON.")
        @functools.wraps(command)
        def with_outputs(*args: Any, stack_name: str, source: str | None, **options: Any) -> Any:
            return command(_read(stack_name, source, secrets, needs_stack), *args, **options)

        return with_outputs

    return decorate


def secret(outputs: Mapping[str, str], name: str) -> str:
    """A secret output. Raises `Failure` where it is hidden or missing."""
    value = outputs.get(name, stack_outputs.HIDDEN)
    if value == stack_outputs.HIDDEN:
        raise Failure(f"The outputs hold no {name} in the clear; with Pulumi: stack output --json --show-secrets")
    return value


def is_local(outputs: Mapping[str, str]) -> bool:
    """Whether the stack runs on this machine, where mail is caught."""
    return urlsplit(outputs["api_url"]).hostname in LOOPBACK


def cloud_url(outputs: Mapping[str, str]) -> str:
    """Where the embedded AWS of a local stack answers."""
    parts = urlsplit(outputs["api_url"])
    return f"{parts.scheme}://{parts.netloc}"


def _read(stack_name: str, source: str | None, secrets: bool, needs_stack: bool) -> Outputs:
    if source is not None:
        return Outputs(stack_outputs.from_file(source))
    if stack_name == STACK and needs_stack and not here().is_up:
        raise Failure(NOT_UP)
    return Outputs(stack_outputs.read(here(), stack_name, show_secrets=secrets))
