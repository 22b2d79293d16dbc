"""The counters of mail that a caller requests.

A tag behind a `+` does not count as another mailbox: `ada+1@example.com` counts as `ada@example.com`.
"""

from dataclasses import dataclass

from contract.limits import SignInLimits
from contract.table import MAIL_COUNTERS, MAILS_KNOWN, MAILS_UNKNOWN
from handlers.core.limits.counters import Consume, daily
from handlers.core.limits.places import Place, pseudonym

SIGN_UP, STEP_UP = "signup", "stepup"


@dataclass(frozen=True)
class MailRequest:
    """A mail to an address, asked for by a caller at a place.

    `known_as` is the pseudonym of a device that the account knows, or None. A known network is not enough: others in it
    would learn which addresses have an account.
    """

    purpose: str
    address: str
    place: Place
    known_as: str | None


@dataclass(frozen=True)
class Budget:
    """The counters of a mail: first `own` is consumed, all together; then `stage`, which all callers share."""

    own: tuple[Consume, ...]
    stage: Consume


def budget(limits: SignInLimits, pepper: bytes, request: MailRequest, now: int) -> Budget:
    """Return the counters: as many for an address without an account as for one with."""
    mailbox = _mailbox(pepper, request.address)
    source = pseudonym(pepper, "source", request.place.network)
    if request.known_as is not None:
        own = [
            (f"{MAIL_COUNTERS}{request.purpose}:{mailbox}:{request.known_as}", limits.mails_per_known_device_per_day),
            (f"{MAIL_COUNTERS}{request.purpose}:{mailbox}:known", limits.mails_per_mailbox_by_known_devices_per_day),
            (f"{MAIL_COUNTERS}{source}:known", limits.mails_per_source_by_known_devices_per_day),
        ]
        return Budget(_daily(own, now), for_known(limits, now))
    most = limits.sign_ups_per_mailbox_per_day if request.purpose == SIGN_UP else limits.mails_per_mailbox_per_day
    own = [
        (f"{MAIL_COUNTERS}{request.purpose}:{mailbox}", most),
        (f"{MAIL_COUNTERS}{request.purpose}:{mailbox}:{source}", limits.mails_per_mailbox_and_source_per_day),
        (f"{MAIL_COUNTERS}{source}", limits.mails_per_source_per_day),
    ]
    return Budget(_daily(own, now), for_unknown(limits, now))


def for_known(limits: SignInLimits, now: int) -> Consume:
    """Return the stage's counter of mail for known devices: half of the limit."""
    return daily(MAILS_KNOWN, 1, limits.mails_per_day // 2, now)


def for_unknown(limits: SignInLimits, now: int) -> Consume:
    """Return the stage's counter of mail for unknown devices: the other half."""
    return daily(MAILS_UNKNOWN, 1, limits.mails_per_day // 2, now)


def notice(limits: SignInLimits, pepper: bytes, address: str, now: int, *, is_notice: bool) -> Consume:
    """Return the counter of notices to a mailbox, or of codes, whose limit is never reached: both cost one write."""
    mailbox = _mailbox(pepper, address)
    if is_notice:
        return daily(f"{MAIL_COUNTERS}notices:{mailbox}", 1, limits.notices_per_mailbox_per_day, now)
    return daily(f"{MAIL_COUNTERS}codes:{mailbox}", 1, limits.mails_per_day, now)


def _daily(counters: list[tuple[str, int]], now: int) -> tuple[Consume, ...]:
    return tuple(daily(counter, 1, most, now) for counter, most in counters)


def _mailbox(pepper: bytes, address: str) -> str:
    local, _, domain = address.rpartition("@")
    return pseudonym(pepper, "mailbox", f"{local.partition('+')[0] or local}@{domain}")
