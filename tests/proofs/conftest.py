"""Fixtures of the proofs."""

import pytest

from tests.account import Account, next_code
from tests.proofs.privileges import probes, removed

__all__ = ["probes", "removed", "strong"]


@pytest.fixture
def strong(account: Account) -> Account:
    """Signed in through two gates, with an app and recovery codes."""
    app = account.add_totp()
    account.hold(account.verify(account.challenge(), "totp", next_code(app)))
    return account
