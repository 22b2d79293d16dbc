"""Counters that bound what is sent and what is guessed. All of one act are charged together, or none is."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from contract.limits import FactorLimits

HOUR_SECONDS, DAY_SECONDS, MONTH_SECONDS = 3600, 86400, 30 * 86400


@dataclass(frozen=True)
class Charge:
    """So much to a counter, which ends at `until` and may come to `most`."""

    counter: str
    amount: int
    most: int
    until: int


@dataclass(frozen=True)
class Wait:
    """A cool-down: at least so long between one message and the next, doubling; forgotten after a day."""

    counter: str
    first_seconds: int


@dataclass(frozen=True)
class Message:
    """A text or a call that is about to be sent."""

    user_id: str
    factor_id: str
    phone: str
    country: str
    source: str
    """The caller's network address."""
    is_call: bool
    is_new: bool
    """Whether nobody has shown yet that the phone is theirs."""


def for_message(limits: FactorLimits, message: Message, pepper: bytes, now: int) -> tuple[list[Charge], Wait]:
    """What a message is charged to. Phones and network addresses are hashed under a key that is not in the table.

    Phones that nobody has confirmed get at most half of what a country and the stage may send: strangers who add phones
    leave something to users who sign in.
    """
    cents = limits.call_cents if message.is_call else limits.text_cents
    counted = [
        _of_phone(limits, message, pepper),
        (f"sent:user:{message.user_id}", 1, limits.messages_per_user_per_day),
        (f"sent:source:{_digest(pepper, message.source)}", 1, limits.messages_per_source_per_day),
        (f"sent:country:{message.country}", 1, limits.messages_per_country_per_day),
        ("sent:spend", cents, limits.spend_per_day_cents),
    ]
    if message.is_new:
        counted += [(f"{counter}:new", amount, most // 2) for counter, amount, most in counted[-2:]]
    charges = [daily(counter, amount, most, now) for counter, amount, most in counted]
    return charges, waiting(limits, message.user_id, message.factor_id)


def waiting(limits: FactorLimits, user_id: str, factor_id: str) -> Wait:
    """Between one message for this factor and the next."""
    return Wait(f"sent:wait:{user_id}:{factor_id}", limits.first_wait_seconds)


def for_push(limits: FactorLimits, user_id: str, now: int) -> Charge:
    """A push that waits for its answer."""
    return within(HOUR_SECONDS, f"sent:pushes:{user_id}", 1, limits.pushes_waiting_per_hour, now)


def for_code(limits: FactorLimits, user_id: str, epoch: int, now: int, *, by_mailbox: bool) -> list[Charge]:
    """A code that may be wrong: of this day, and of these 30 days, in this epoch.

    Half of both is kept for who has shown the mailbox, so that a thief of the password leaves the owner a reset.
    """
    counter = f"codes:{user_id}:{epoch}:{'mailbox' if by_mailbox else 'password'}"
    return [
        daily(counter, 1, limits.wrong_codes_per_day // 2, now),
        within(MONTH_SECONDS, f"{counter}:month", 1, limits.wrong_codes_per_30_days // 2, now),
    ]


def wrong_codes(limits: FactorLimits, user_id: str, now: int) -> Charge:
    """Codes of a day that were wrong after the first gate; when `most` is reached, the owner is told."""
    return daily(f"codes:{user_id}:told", 1, limits.wrong_codes_until_told, now)


def for_enrolment(limits: FactorLimits, user_id: str, now: int) -> Charge:
    """A factor that is begun to be added."""
    return daily(f"enrolments:{user_id}", 1, limits.enrolments_per_day, now)


def wait_after(sent: int, first_seconds: int) -> int:
    """Seconds until the next message, after so many."""
    return min(int(first_seconds * 2 ** (sent - 1)), DAY_SECONDS)


def latest(charges: Sequence[Charge]) -> int:
    """When the last of them ends."""
    return max(charge.until for charge in charges)


def _of_phone(limits: FactorLimits, message: Message, pepper: bytes) -> tuple[str, int, int]:
    """A phone that anybody may claim is sent little, and not at the expense of its owner."""
    digest = _digest(pepper, message.phone)
    if message.is_new:
        return f"sent:newphone:{digest}", 1, limits.messages_per_new_phone_per_day
    return f"sent:phone:{digest}", 1, limits.messages_per_phone_per_day


def daily(counter: str, amount: int, most: int, now: int) -> Charge:
    """So much of a day of UTC."""
    return within(DAY_SECONDS, counter, amount, most, now)


def within(seconds: int, counter: str, amount: int, most: int, now: int) -> Charge:
    """So much of the period of so many seconds that it is now."""
    period = now // seconds
    return Charge(f"{counter}#{period}", amount, most, (period + 1) * seconds)


def _digest(pepper: bytes, value: str) -> str:
    return hmac.digest(pepper, value.encode(), hashlib.sha256).hex()[:32]
