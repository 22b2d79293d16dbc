"""What a crash, or an earlier version, can have left: found by reading the whole table, and mended.

Everything is looked at again by a consistent read before it is mended, so that a change that is being made meanwhile is
left alone. A second run finds nothing.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from contract import factors as kinds
from contract import table
from contract.events import Reconciled
from handlers.core.services import Services
from handlers.errors import ProviderFailed


class Fault(StrEnum):
    """A kind of leftover."""

    NOT_LISTED = "user_not_listed"
    """A user of an early version, who is not in the index."""
    NO_OWNER = "address_without_user"
    """An address whose user is gone."""
    NO_USER = "item_without_user"
    """A session, a password, a factor, places or links of a user who is gone."""
    NO_FACTOR = "authy_user_without_factor"
    """An Authy user whose user here is gone, or has no factor of Authy's, as after an abandoned enrolment."""


@dataclass(frozen=True)
class Leftover:
    """A leftover: its fault, and what identifies it to the store."""

    fault: Fault
    user_id: str
    key: tuple[str, str]


def run(services: Services) -> Mapping[str, int]:
    """Mend all leftovers; return fault → how many were mended.

    Raises `ProviderFailed` at the end, if Authy could not be asked; a later run mends the rest.
    """
    mended: Counter[str] = Counter()
    failure: ProviderFailed | None = None
    for leftover in services.accounts.leftovers():
        try:
            mended[leftover.fault.value] += _mend(services, leftover)
        except ProviderFailed as error:
            failure = error
    counts = {fault: count for fault, count in mended.items() if count}
    for fault, count in counts.items():
        services.events.emit(Reconciled(fault, count))
    if failure is not None:
        raise failure
    return counts


def _mend(services: Services, leftover: Leftover) -> bool:
    if leftover.fault is not Fault.NO_FACTOR:
        return services.accounts.mend(leftover)
    authy = services.factor_types.get(kinds.AUTHY)
    if authy is None or not services.accounts.is_left(leftover):
        return False
    authy.forget(leftover.user_id, leftover.key[0].removeprefix(table.AUTHY))
    return True
