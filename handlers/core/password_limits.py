"""Which counters an attempt at a password is charged to. By address, so that an unknown one is bounded alike.

Source: NIST SP 800-63B-4 §3.2.2; OWASP ASVS 5.0 §6.1.1 and §6.3.1.
"""

from dataclasses import dataclass

from contract.limits import SignInLimits
from handlers.core.limits import Charge, daily
from handlers.core.places import Place, pseudonym

IN_A_ROW_SECONDS = 30 * 86400  # after which failures in a row are forgotten if there was none


@dataclass(frozen=True)
class Attempt:
    """The counters of one attempt. A right password empties `forgiven`; when `in_a_row` is full, the owner is told."""

    is_known: bool
    """Whether it comes from a place that the account knows; then it is not charged to `in_a_row`."""
    charges: tuple[Charge, ...]
    forgiven: tuple[str, ...]
    in_a_row: Charge
    told: Charge


def attempt(limits: SignInLimits, pepper: bytes, address: str, place: Place, known_as: str | None, now: int) -> Attempt:
    """From a place that the account knows by this pseudonym, or from an unknown one."""
    account, source = pseudonym(pepper, "address", address), pseudonym(pepper, "source", place.network)
    in_a_row = row(limits, pepper, address, now)
    told = daily(f"password:{account}:told", 1, 1, now)
    if known_as is not None:
        own = daily(f"password:{account}:{known_as}", 1, limits.wrong_passwords_per_known_place_per_day, now)
        return Attempt(True, (own,), (own.counter,), in_a_row, told)
    own = daily(f"password:{account}:{source}", 1, limits.wrong_passwords_per_source_per_day, now)
    everywhere = daily(f"password:{source}", 1, limits.attempts_per_source_per_day, now)
    return Attempt(False, (in_a_row, own, everywhere), (in_a_row.counter, own.counter), in_a_row, told)


def row(limits: SignInLimits, pepper: bytes, address: str, now: int) -> Charge:
    """Failures in a row of one account, from all unknown places together."""
    counter = f"password:{pseudonym(pepper, 'address', address)}"
    return Charge(counter, 1, limits.wrong_passwords_in_a_row, now + IN_A_ROW_SECONDS)
