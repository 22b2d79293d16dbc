"""Repetition of calls that fail for a moment: conflicts of transactions, and permissions that were just granted."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

from handlers.errors import Contended
from handlers.store.aws import AwsError, error_code

T = TypeVar("T")

CONFLICT_ROUNDS = 4
CONFLICT_SECONDS = 0.02  # at most before the first repetition; doubled by each, at random
DENIED_ROUNDS, DENIED_SECONDS = 5, 4
_CONFLICTS = ("TransactionConflictException", "TransactionConflict")


def retry_on_conflict(write: Callable[[], T]) -> T:
    """Repeat a write that lost against another transaction on the same item. Raises `Contended`."""
    for round_ in range(CONFLICT_ROUNDS):
        try:
            return write()
        except AwsError as error:
            if not _is_conflict(error):
                raise
            time.sleep(CONFLICT_SECONDS * 2**round_ * os.urandom(1)[0] / 255)
    raise Contended


def retry_while_denied(act: Callable[[], T]) -> T:
    """Repeat a call that is denied: permissions take seconds to become effective.

    Source: AWS IAM User Guide, "Changes that I make are not always immediately visible".
    """
    for _ in range(DENIED_ROUNDS):
        try:
            return act()
        except Exception as error:
            if "AccessDenied" not in error_code(error):
                raise
            time.sleep(DENIED_SECONDS)
    return act()


def _is_conflict(error: AwsError) -> bool:
    return any(code in _CONFLICTS for code in (error.code, *error.reasons))
