"""Which counters a mail that somebody asks for is charged to, whoever has the address.

What a mailbox is, does not depend on the tag behind a `+`: `ada+1@example.com` is Ada's.
"""

from dataclasses import dataclass

from contract.limits import SignInLimits
from handlers.core.limits import Charge, daily
from handlers.core.places import Place, pseudonym

SIGN_UP, STEP_UP = "signup", "stepup"


@dataclass(frozen=True)
class Asked:
    """A mail that somebody at a place asks for, to an address.

    `known_as`: the device is known to its account. A network is not enough: others there would see who has one.
    """

    purpose: str
    address: str
    place: Place
    known_as: str | None


@dataclass(frozen=True)
class Budget:
    """`own` is charged first, as one; then `stage`, which everybody shares."""

    own: tuple[Charge, ...]
    stage: Charge


def budget(limits: SignInLimits, pepper: bytes, asked: Asked, now: int) -> Budget:
    """The same number of counters, whether or not the address has an account."""
    mailbox = _mailbox(pepper, asked.address)
    half = limits.mails_per_day // 2
    source = pseudonym(pepper, "source", asked.place.network)
    if asked.known_as is not None:
        own = [
            (f"mail:{asked.purpose}:{mailbox}:{asked.known_as}", limits.mails_per_known_device_per_day),
            (f"mail:{asked.purpose}:{mailbox}:known", limits.mails_per_mailbox_by_known_devices_per_day),
            (f"mail:{source}:known", limits.mails_per_source_by_known_devices_per_day),
        ]
        return Budget(_daily(own, now), daily("mail:known", 1, half, now))
    most = limits.sign_ups_per_mailbox_per_day if asked.purpose == SIGN_UP else limits.mails_per_mailbox_per_day
    own = [
        (f"mail:{asked.purpose}:{mailbox}", most),
        (f"mail:{asked.purpose}:{mailbox}:{source}", limits.mails_per_mailbox_and_source_per_day),
        (f"mail:{source}", limits.mails_per_source_per_day),
    ]
    return Budget(_daily(own, now), daily("mail:unknown", 1, half, now))


def notice(limits: SignInLimits, pepper: bytes, address: str, now: int, *, is_notice: bool) -> Charge:
    """Notices that nobody asked for are few. Codes are counted beside them, without a bound: both are one write."""
    mailbox = _mailbox(pepper, address)
    if is_notice:
        return daily(f"mail:notices:{mailbox}", 1, limits.notices_per_mailbox_per_day, now)
    return daily(f"mail:codes:{mailbox}", 1, limits.mails_per_day, now)


def _daily(counters: list[tuple[str, int]], now: int) -> tuple[Charge, ...]:
    return tuple(daily(counter, 1, most, now) for counter, most in counters)


def _mailbox(pepper: bytes, address: str) -> str:
    local, _, domain = address.rpartition("@")
    return pseudonym(pepper, "mailbox", f"{local.partition('+')[0] or local}@{domain}")
