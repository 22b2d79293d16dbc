"""Which stack a command means: the local one, another by its name, or any by its outputs."""

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import click

from client import outputs as stack_outputs
from client.errors import Failure
from client.stack import STACK, here

LOOPBACK = ("127.0.0.1", "localhost", "::1")

Outputs = dict[str, str]


def takes_outputs(*, secrets: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Options `--stack` and `--outputs` for a command whose first argument is then the stack's outputs."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option("--stack", "stack_name", default=STACK, show_default=True, help="Another stack: asks Pulumi.")
        @click.option("--outputs", "source", metavar="FILE|-", help="A stack by its outputs, as JSON.")
        @functools.wraps(command)
        def with_outputs(*args: Any, stack_name: str, source: str | None, **options: Any) -> Any:
            return command(_read(stack_name, source, secrets), *args, **options)

        return with_outputs

    return decorate


def secret(outputs: Outputs, name: str) -> str:
    """A secret output. Raises `Failure` where it is hidden or missing."""
    value = outputs.get(name, stack_outputs.HIDDEN)
    if value == stack_outputs.HIDDEN:
        raise Failure(f"The outputs hold no {name} in the clear; with Pulumi: stack output --json --show-secrets")
    return value


def is_local(outputs: Outputs) -> bool:
    """Whether the stack runs on this machine, where mail is caught."""
    return urlsplit(outputs["api_url"]).hostname in LOOPBACK


def cloud_url(outputs: Outputs) -> str:
    """Where the embedded AWS of a local stack answers."""
    parts = urlsplit(outputs["api_url"])
    return f"{parts.scheme}://{parts.netloc}"


def _read(stack_name: str, source: str | None, secrets: bool) -> Outputs:
    if source is not None:
        return stack_outputs.from_file(source)
    return stack_outputs.read(here(), stack_name, show_secrets=secrets)
