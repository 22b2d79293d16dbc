"""Least privilege is real: without any one of its statements, a function breaks its promise on the deployed stack.

The statement is taken from the deployed role, the function starts cold, and the part of the API that it serves is
used. A statement whose removal nothing notices would be one too many. Factors and MFA have a file of their own.
"""

from collections.abc import Callable

import pytest

from sallyport.client.stack import inbox
from sallyport.client.stack.local_stack import LocalStack
from tests.proofs.privileges import (
    NOTICED,
    OF_ACCOUNTS,
    OF_MFA,
    ONLY_ON_AWS,
    PATIENCE_SECONDS,
    UNNOTICED,
    Probes,
    keeps_its_promise,
    statements,
    uses,
)
from tests.support.handlers import start_cold

STATEMENTS = [(function, what) for function, what in NOTICED if function not in OF_MFA | OF_ACCOUNTS]
FUNCTIONS = sorted(
    {function for function, what in statements() if what != "WriteLogs" or hasattr(Probes, function.replace("-", "_"))}
    - OF_MFA
    - OF_ACCOUNTS
)
"""The functions that may do more than log, which must have a probe."""


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


def test_statements_that_only_aws_exercises_are_listed_with_their_reason() -> None:
    assert {what for _, what in UNNOTICED} == set(ONLY_ON_AWS)
    assert len(NOTICED) >= 20


def test_the_stack_is_as_it_was(stack: LocalStack, probes: Probes) -> None:
    """Whatever was taken away was given back."""
    assert probes.signin("")
    assert inbox.messages(stack.cloud.url)
