"""Least privilege is real: without any one of its statements, a function breaks its promise on the deployed stack.

The statement is taken from the deployed role, the function starts cold, and the part of the API that it serves is
used. A statement whose removal nothing notices would be one too many.
"""

from collections.abc import Callable

import pytest

from sallyport.client.stack.local_stack import LocalStack
from tests.proofs.privileges import NOTICED, OF_ACCOUNTS, PATIENCE_SECONDS, Probes, keeps_its_promise, uses
from tests.support.handlers import start_cold

STATEMENTS = [(function, what) for function, what in NOTICED if function in OF_ACCOUNTS]
FUNCTIONS = sorted(OF_ACCOUNTS)


@pytest.mark.parametrize(("function", "what"), STATEMENTS, ids=lambda value: value)
def test_without_the_statement_the_promise_is_broken(
    probes: Probes, removed: Callable[[str, str], None], function: str, what: str
) -> None:
    removed(function, what)

    assert not keeps_its_promise(probes, function, what)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_with_all_statements_it_is_kept(stack: LocalStack, probes: Probes, function: str) -> None:
    start_cold(stack, function)

    for what in uses(function):
        assert keeps_its_promise(probes, function, what, PATIENCE_SECONDS)
