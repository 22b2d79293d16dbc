"""Which counters an attempt at a password is charged to. By address, so that an unknown one is bounded alike.

The account's epoch is part of every name: after a reset nothing of before counts.

Source: NIST SP 800-63B-4 §3.2.2; OWASP ASVS 5.0 §6.1.1 and §6.3.1.
"""

from dataclasses import dataclass

from contract.limits import SignInLimits
from handlers.core.limits import MONTH_SECONDS, Charge, daily, within
from handlers.core.places import KnownPlaces, Place, known_device, known_source, pseudonym

IN_A_ROW_SECONDS = MONTH_SECONDS  # after which failures in a row are forgotten if there was none


@dataclass(frozen=True)
class Attempt:
    """The counters of one attempt. A right password empties `forgiven`.

    When `in_a_row` is full, the owner is told, if `told` says that it is the first time in its 30 days.
    """

    is_known: bool
    """Whether it comes from a place that the account knows; then it is not charged to `in_a_row`."""
    charges: tuple[Charge, ...]
    forgiven: tuple[str, ...]
    in_a_row: Charge
    told: Charge


def attempt(
    limits: SignInLimits, pepper: bytes, address: str, epoch: int, place: Place, known: KnownPlaces, now: int
) -> Attempt:
    """From a place that the account knows, or from an unknown one.

    From a known network two counters are charged and from an unknown one three, both as one transaction: its other
    users learn nothing from the time. Only the holder of a device can present it.
    """
    account, source = _account(pepper, address, epoch), pseudonym(pepper, "source", place.network)
    in_a_row = row(limits, pepper, address, epoch, now)
    told = within(IN_A_ROW_SECONDS, f"password:{account}:told", 1, 1, now)
    most_known = limits.wrong_passwords_per_known_place_per_day
    if device := known_device(known, pepper, place):
        own = daily(f"password:{account}:{device}", 1, most_known, now)
        return Attempt(True, (own,), (own.counter,), in_a_row, told)
    if known_as := known_source(known, pepper, place):
        own = daily(f"password:{account}:{known_as}", 1, most_known, now)
        all_known = daily(f"password:{source}:known", 1, limits.attempts_per_source_per_day, now)
        return Attempt(True, (own, all_known), (own.counter,), in_a_row, told)
    own = daily(f"password:{account}:{source}", 1, limits.wrong_passwords_per_source_per_day, now)
    everywhere = daily(f"password:{source}", 1, limits.attempts_per_source_per_day, now)
    charges = (in_a_row, own) if place.is_shared else (in_a_row, own, everywhere)
    return Attempt(False, charges, (in_a_row.counter, own.counter), in_a_row, told)


def row(limits: SignInLimits, pepper: bytes, address: str, epoch: int, now: int) -> Charge:
    """Failures in a row of one account, from all unknown places together."""
    counter = f"password:{_account(pepper, address, epoch)}"
    return Charge(counter, 1, limits.wrong_passwords_in_a_row, now + IN_A_ROW_SECONDS)


def _account(pepper: bytes, address: str, epoch: int) -> str:
    return pseudonym(pepper, "address", address, str(epoch))
