"""The counters of texts, calls and pushes, of wrong codes, and of enrolments."""

import hashlib
import hmac
from dataclasses import dataclass

from contract.limits import FactorLimits
from contract.table import CODE_COUNTERS, ENROLMENT_COUNTERS, MESSAGE_COUNTERS, SPEND
from handlers.core.limits.counters import HOUR_SECONDS, MONTH_SECONDS, Consume, Cooldown, daily, within


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
    """True if no user has confirmed the phone yet."""


def for_message(limits: FactorLimits, message: Message, pepper: bytes, now: int) -> tuple[list[Consume], Cooldown]:
    """Return the counters and the cooldown of a message. Phones and network addresses are keyed hashes.

    Phones that nobody has confirmed get at most half of what a country and the stage may send: strangers who add phones
    leave something to users who sign in.
    """
    cents = limits.call_cents if message.is_call else limits.text_cents
    counted = [
        _of_phone(limits, message, pepper),
        (f"{MESSAGE_COUNTERS}user:{message.user_id}", 1, limits.messages_per_user_per_day),
        (f"{MESSAGE_COUNTERS}source:{_digest(pepper, message.source)}", 1, limits.messages_per_source_per_day),
        (f"{MESSAGE_COUNTERS}country:{message.country}", 1, limits.messages_per_country_per_day),
        (SPEND, cents, limits.spend_per_day_cents),
    ]
    if message.is_new:
        counted += [(f"{counter}:new", amount, most // 2) for counter, amount, most in counted[-2:]]
    consumes = [daily(counter, amount, most, now) for counter, amount, most in counted]
    return consumes, cooldown(limits, message.user_id, message.factor_id)


def cooldown(limits: FactorLimits, user_id: str, factor_id: str) -> Cooldown:
    """Return the cooldown between two messages for this factor."""
    return Cooldown(f"{MESSAGE_COUNTERS}wait:{user_id}:{factor_id}", limits.first_wait_seconds)


def for_spend(limits: FactorLimits, now: int) -> Consume:
    """Return the counter of what the stage has spent today, without adding to it."""
    return daily(SPEND, 0, limits.spend_per_day_cents, now)


def for_push(limits: FactorLimits, user_id: str, now: int) -> Consume:
    """Return the counter of pushes that have not been answered."""
    return within(HOUR_SECONDS, f"{MESSAGE_COUNTERS}pushes:{user_id}", 1, limits.pushes_waiting_per_hour, now)


def for_code(limits: FactorLimits, user_id: str, epoch: int, now: int, *, by_mailbox: bool) -> list[Consume]:
    """Return the counters of a code that may be wrong: of this day and of these 30 days, in this epoch.

    Half of both is reserved for sign-ins that began with a mailed code, so that a thief of the password cannot use up
    what the owner needs for a reset.
    """
    counter = f"{CODE_COUNTERS}{user_id}:{epoch}:{'mailbox' if by_mailbox else 'password'}"
    return [
        daily(counter, 1, limits.wrong_codes_per_day // 2, now),
        within(MONTH_SECONDS, f"{counter}:month", 1, limits.wrong_codes_per_30_days // 2, now),
    ]


def wrong_codes(limits: FactorLimits, user_id: str, now: int) -> Consume:
    """Return the counter of wrong codes after a right password; the owner is told when it reaches `most`."""
    return daily(f"{CODE_COUNTERS}{user_id}:told", 1, limits.wrong_codes_until_told, now)


def for_enrolment(limits: FactorLimits, user_id: str, now: int) -> Consume:
    """Return the counter of begun enrolments."""
    return daily(f"{ENROLMENT_COUNTERS}{user_id}", 1, limits.enrolments_per_day, now)


def _of_phone(limits: FactorLimits, message: Message, pepper: bytes) -> tuple[str, int, int]:
    """Return counter, amount and limit of a phone; an unconfirmed phone does not use up its owner's limit."""
    digest = _digest(pepper, message.phone)
    if message.is_new:
        return f"{MESSAGE_COUNTERS}newphone:{digest}", 1, limits.messages_per_new_phone_per_day
    return f"{MESSAGE_COUNTERS}phone:{digest}", 1, limits.messages_per_phone_per_day


def _digest(pepper: bytes, value: str) -> str:
    return hmac.digest(pepper, value.encode(), hashlib.sha256).hex()[:32]
