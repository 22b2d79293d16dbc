"""Transactions that lose against another on the same item are tried again."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

from handlers.errors import Contended
from handlers.store.aws import client, error_code

T = TypeVar("T")

MAX_ROUNDS = 4
_CONFLICTS = ("TransactionConflictException", "TransactionConflict")


def until_uncontended(write: Callable[[], T]) -> T:
    """Try again, after a moment, what lost against another transaction on the same item. Raises `Contended`."""
    for round_ in range(MAX_ROUNDS):
        try:
            return write()
        except client("dynamodb").exceptions.ClientError as error:
            if not _is_conflict(error):
                raise
            time.sleep(0.02 * 2**round_ * os.urandom(1)[0] / 255)
    raise Contended


def _is_conflict(error: Exception) -> bool:
    reasons = getattr(error, "response", {}).get("CancellationReasons", [])
    codes = [error_code(error), *(reason.get("Code") for reason in reasons)]
    return any(code in _CONFLICTS for code in codes)
