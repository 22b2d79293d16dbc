"""Fixtures of the proofs."""

import pytest

from tests.proofs.privileges import probes, removed
from tests.support.account import Account, next_code

__all__ = ["probes", "removed", "strong"]


@pytest.fixture
def strong(account: Account) -> Account:
    """An account that has signed in with MFA, with an app and recovery codes."""
    app = account.add_totp()
    account.hold(account.verify(account.challenge(), "totp", next_code(app)))
    return account
