"""What a crash, or an earlier version, can have left: found by reading the whole table, and mended.

Everything is looked at again by a consistent read before it is mended, so that a change that is being made meanwhile is
left alone. A second run finds nothing.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from contract.events import Reconciled
from handlers.core.ports import Services


class Fault(StrEnum):
    """A kind of leftover."""

    NOT_LISTED = "user_not_listed"
    """A user of an early version, who is not in the index."""
    NO_OWNER = "address_without_user"
    """An address whose user is gone."""
    NO_USER = "item_without_user"
    """A session, a password, a factor, places or links of a user who is gone."""


@dataclass(frozen=True)
class Leftover:
    """A leftover: its fault, and what identifies it to the store."""

    fault: Fault
    user_id: str
    key: tuple[str, str]


def run(services: Services) -> Mapping[str, int]:
    """Mend all leftovers; return fault → how many were mended."""
    mended: Counter[str] = Counter()
    for leftover in services.accounts.leftovers():
        if services.accounts.mend(leftover):
            mended[leftover.fault.value] += 1
    for kind, count in mended.items():
        services.events.emit(Reconciled(kind, count))
    return dict(mended)
