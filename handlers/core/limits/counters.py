"""Counters that bound what is sent and guessed. The counters of one act are consumed together, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass

HOUR_SECONDS, DAY_SECONDS, MONTH_SECONDS = 3600, 86400, 30 * 86400


@dataclass(frozen=True)
class Consume:
    """Add `amount` to a counter, which may reach `most` and ends at `until` (Unix seconds)."""

    counter: str
    amount: int
    most: int
    until: int


@dataclass(frozen=True)
class Cooldown:
    """The least time between two messages: `first_seconds`, doubled by each message, forgotten after a day."""

    counter: str
    first_seconds: int


def cooldown_seconds(sent: int, first_seconds: int) -> int:
    """Return the seconds until the next message, after `sent` messages."""
    return min(int(first_seconds * 2 ** (sent - 1)), DAY_SECONDS)


def latest(consumes: Sequence[Consume]) -> int:
    """Return the end of the last of their counters, in Unix seconds."""
    return max(one.until for one in consumes)


def daily(counter: str, amount: int, most: int, now: int) -> Consume:
    """Return the command for a counter of this day of UTC."""
    return within(DAY_SECONDS, counter, amount, most, now)


def within(seconds: int, counter: str, amount: int, most: int, now: int) -> Consume:
    """Return the command for a counter of the current period of `seconds`."""
    period = now // seconds
    return Consume(f"{counter}#{period}", amount, most, (period + 1) * seconds)
