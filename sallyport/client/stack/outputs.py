"""Outputs of a stack: from the local state, or from `pulumi stack output`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from sallyport.client.errors import Failure
from sallyport.client.stack.local_stack import NOT_UP, STACK, LocalStack
from sallyport.local.tools import ROOT

HIDDEN = "[secret]"


def read(stack: LocalStack, name: str, *, show_secrets: bool) -> dict[str, str]:
    """Return all outputs of the stack of this name, sorted. Raises `Failure`."""
    values = _local(stack, show_secrets) if name == STACK else _pulumi(name, show_secrets)
    return dict(sorted(values.items()))


def from_file(source: str) -> dict[str, str]:
    """Return outputs from a file, or from standard input (`-`). Raises `Failure`."""
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text()
    except OSError as error:
        raise Failure(f"{source} cannot be read: {error.strerror}") from None
    return from_text(text, source)


def from_text(text: str, source: str) -> dict[str, str]:
    """Return outputs from JSON; `source` names its origin in errors. Raises `Failure`."""
    try:
        values: Any = json.loads(text)
    except ValueError as error:
        raise Failure(f"{source} does not hold a stack's outputs as JSON: {error}") from None
    if not isinstance(values, dict) or "api_url" not in values:
        raise Failure(f"{source} holds no api_url; try: pulumi stack output --json | sallyport smoke -")
    return values


def _local(stack: LocalStack, show_secrets: bool) -> dict[str, str]:
    state = stack.state
    if not state.outputs:
        raise Failure(NOT_UP)
    hidden = () if show_secrets else state.secret_outputs
    return {name: HIDDEN if name in hidden else value for name, value in state.outputs.items()}


def _pulumi(name: str, show_secrets: bool) -> dict[str, str]:
    command = ["pulumi", "stack", "output", "--json", "--stack", name]
    command += ["--show-secrets"] if show_secrets else []
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Failure("The Pulumi CLI is not on this machine; see https://www.pulumi.com/docs/install/") from None
    if done.returncode:
        raise Failure(f"pulumi says: {done.stderr.strip()}")
    values: dict[str, str] = json.loads(done.stdout)
    return values
