"""Operators of the stack under test."""

import os

import pytest

from sallyport.client.stack import operator_identity
from sallyport.client.stack.local_stack import LocalStack


def identity_of(stack: LocalStack, function: str) -> dict[str, str]:
    """Return what tells a function that the account's root is calling."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "SALLYPORT_HOME", str(stack.home))
        outputs = {name: str(value) for name, value in stack.state.outputs.items()}
        return operator_identity.sign(outputs, function)
