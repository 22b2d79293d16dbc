"""Operators of the stack under test."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from sallyport.client.stack import operator_identity
from sallyport.client.stack.local_stack import LocalStack
from tests.support.handlers import Handlers


@contextmanager
def at_home(stack: LocalStack) -> Iterator[dict[str, str]]:
    """Let the client's code in this process find the stack's root keys; give the stack's outputs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "SALLYPORT_HOME", str(stack.home))
        yield {name: str(value) for name, value in stack.state.outputs.items()}


def manage_here(handlers: Handlers, event: dict[str, Any]) -> Any:
    """Call `manage_users` in this process, as the account's root."""
    function = "manage-users-here"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "AWS_LAMBDA_FUNCTION_NAME", function)
        patch.setitem(os.environ, "AWS_ENDPOINT_URL", handlers.stack.cloud.url)
        identity = identity_of(handlers.stack, function)
        arn = f"arn:aws:lambda:us-east-1:000000000000:function:{function}"
        context = SimpleNamespace(aws_request_id="here", invoked_function_arn=arn)
        return handlers.module("manage_users").handler({**event, "identity": identity}, context)


def identity_of(stack: LocalStack, function: str) -> dict[str, str]:
    """Return what tells a function that the account's root is calling."""
    with at_home(stack) as outputs:
        return operator_identity.sign(outputs, function)
