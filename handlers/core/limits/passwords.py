"""The counters of attempts at passwords: by address, so that an unknown address is limited like a known one.

The account's epoch is part of every name, so that earlier counts end with a reset.

Source: NIST SP 800-63B-4 §3.2.2; OWASP ASVS 5.0 §6.1.1 and §6.3.1.
"""

from dataclasses import dataclass

from contract.limits import SignInLimits
from contract.table import PASSWORD_COUNTERS
from handlers.core.limits.counters import MONTH_SECONDS, Consume, daily, within
from handlers.core.limits.places import KnownPlaces, Place, known_device, known_source, pseudonym

IN_A_ROW_SECONDS = MONTH_SECONDS  # without a failure, after which the count restarts


@dataclass(frozen=True)
class Attempt:
    """The counters of one attempt. A right password resets `reset`.

    When `in_a_row` is full, the owner is told, once in 30 days, which `told` counts.
    """

    is_known: bool
    """True if the attempt comes from a place that the account knows; then `in_a_row` does not count it."""
    consumes: tuple[Consume, ...]
    reset: tuple[str, ...]
    in_a_row: Consume
    told: Consume


def attempt(
    limits: SignInLimits, pepper: bytes, address: str, epoch: int, place: Place, known: KnownPlaces, now: int
) -> Attempt:
    """Return the counters of an attempt from a known or an unknown place.

    A known network consumes two counters and an unknown one three, both in one transaction, so that other users of the
    network learn nothing from the time. A known device is presented by its owner alone.
    """
    account, source = _account(pepper, address, epoch), pseudonym(pepper, "source", place.network)
    in_a_row = row(limits, pepper, address, epoch, now)
    told = within(IN_A_ROW_SECONDS, f"{PASSWORD_COUNTERS}{account}:told", 1, 1, now)
    most_known = limits.wrong_passwords_per_known_place_per_day
    if device := known_device(known, pepper, place):
        own = daily(f"{PASSWORD_COUNTERS}{account}:{device}", 1, most_known, now)
        return Attempt(True, (own,), (own.counter,), in_a_row, told)
    if known_as := known_source(known, pepper, place):
        own = daily(f"{PASSWORD_COUNTERS}{account}:{known_as}", 1, most_known, now)
        all_known = daily(f"{PASSWORD_COUNTERS}{source}:known", 1, limits.attempts_per_source_per_day, now)
        return Attempt(True, (own, all_known), (own.counter,), in_a_row, told)
    own = daily(f"{PASSWORD_COUNTERS}{account}:{source}", 1, limits.wrong_passwords_per_source_per_day, now)
    everywhere = daily(f"{PASSWORD_COUNTERS}{source}", 1, limits.attempts_per_source_per_day, now)
    consumes = (in_a_row, own) if place.is_shared else (in_a_row, own, everywhere)
    return Attempt(False, consumes, (in_a_row.counter, own.counter), in_a_row, told)


def row(limits: SignInLimits, pepper: bytes, address: str, epoch: int, now: int) -> Consume:
    """Return the counter of failures in a row of one account, from all unknown places together."""
    counter = f"{PASSWORD_COUNTERS}{_account(pepper, address, epoch)}"
    return Consume(counter, 1, limits.wrong_passwords_in_a_row, now + IN_A_ROW_SECONDS)


def _account(pepper: bytes, address: str, epoch: int) -> str:
    return pseudonym(pepper, "address", address, str(epoch))
