"""The stack that a command works on: the local one, another by its name, or any by its outputs."""

import functools
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import click

from sallyport.client.errors import Failure
from sallyport.client.stack import outputs as stack_outputs
from sallyport.client.stack.local_stack import NOT_UP, STACK, here
from sallyport.client.web import LOOPBACK


class Outputs(dict[str, str]):
    """The outputs of a stack. A missing output raises `Failure`."""

    def __missing__(self, name: str) -> str:
        raise Failure(f"The outputs hold no {name}: are they those of a Sallyport stack, as it is now?")


def takes_outputs(
    *, secrets: bool = False, needs_stack: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options `--stack` and `--outputs`; the stack's outputs become the command's first argument.

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
    """Return a secret output. Raises `Failure` where it is hidden or missing."""
    value = outputs.get(name, stack_outputs.HIDDEN)
    if value == stack_outputs.HIDDEN:
        raise Failure(f"The outputs hold no {name} in the clear; with Pulumi: stack output --json --show-secrets")
    return value


def is_local(outputs: Mapping[str, str]) -> bool:
    """Return whether the stack runs on this machine, where mail is caught."""
    return urlsplit(outputs["api_url"]).hostname in LOOPBACK


def cloud_url(outputs: Mapping[str, str]) -> str:
    """Return the address of a local stack's embedded AWS."""
    parts = urlsplit(outputs["api_url"])
    return f"{parts.scheme}://{parts.netloc}"


def _read(stack_name: str, source: str | None, secrets: bool, needs_stack: bool) -> Outputs:
    if source is not None:
        return Outputs(stack_outputs.from_file(source))
    if stack_name == STACK and needs_stack and not here().is_up:
        raise Failure(NOT_UP)
    return Outputs(stack_outputs.read(here(), stack_name, show_secrets=secrets))
