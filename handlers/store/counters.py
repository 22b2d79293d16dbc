"""Counters in DynamoDB: several are consumed in one transaction, each on the condition that it is not full."""

from collections.abc import Sequence
from typing import Any

from contract import table
from handlers.core.limits import counters
from handlers.core.limits.counters import DAY_SECONDS, Consume, Cooldown
from handlers.errors import TooMany
from handlers.store.attributes import Item
from handlers.store.table import Table


class DynamoCounters:
    """Implements `core.ports.Counters`."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def consume(self, consumes: Sequence[Consume], now: int, cooldown: Cooldown | None = None) -> None:
        """One write for one counter, else one transaction; before it one read, if there is a cooldown.

        The repetition of the one write, after a lost answer, counts again: a limit may become stricter, never looser.
        A transaction, which AWS does once, would conflict on a counter that all users share.
        """
        never = [one for one in consumes if one.amount > one.most]  # too much even for a new counter
        if never:
            raise _full(never, now)
        if len(consumes) == 1 and cooldown is None:
            if self._table.update(_consumed(consumes[0])) is None:
                raise _full(consumes, now)
            return
        writes = [{"Update": _consumed(one)} for one in consumes]
        if cooldown:
            writes.append(self._started(cooldown, now))
        reasons = self._table.transact(writes)
        full = [one for one, reason in zip(consumes, reasons, strict=False) if reason != "None"]
        if full:
            raise _full(full, now)
        if any(reason != "None" for reason in reasons):  # another request has just sent a message
            raise TooMany(cooldown.first_seconds if cooldown else 1)

    def refund(self, consumes: Sequence[Consume]) -> None:
        """One transaction, so that a repetition refunds nothing twice; an expired counter is not created again."""
        self._table.transact([{"Update": _refunded(one)} for one in consumes])

    def count(self, consume: Consume) -> int:
        """One write, which also reads. Its repetition after a lost answer counts again."""
        update = {
            "Key": _key(consume.counter),
            "UpdateExpression": "ADD charged :amount SET expires_at = :until",
            "ExpressionAttributeValues": {":amount": consume.amount, ":until": consume.until},
            "ReturnValues": "UPDATED_NEW",
        }
        counted = self._table.update(update) or {}
        value: int = counted["charged"]
        return value

    def read(self, counter: str) -> tuple[int, int]:
        """One read."""
        item = self._table.get(_key(counter)) or {}
        return item.get("charged", 0), item.get("expires_at", 0)

    def reset(self, counter: str) -> None:
        """One delete. Raises `Contended`."""
        self._table.delete(_key(counter))

    def reset_cooldown(self, cooldown: Cooldown) -> None:
        """One write; nothing happens without a cooldown."""
        update = {
            "Key": _key(cooldown.counter),
            "UpdateExpression": "SET ready_at = :now, sent = :none",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeValues": {":now": 0, ":none": 0},
        }
        self._table.update(update)

    def _started(self, cooldown: Cooldown, now: int) -> dict[str, Any]:
        item = self._table.get(_key(cooldown.counter))
        is_forgotten = item is None or item["expires_at"] <= now
        sent = 0 if item is None or is_forgotten else item["sent"]
        ready_at = 0 if item is None else item["ready_at"]
        if not is_forgotten and now < ready_at:
            raise TooMany(ready_at - now)
        next_item: Item = {
            **_key(cooldown.counter),
            "sent": sent + 1,
            "ready_at": now + counters.cooldown_seconds(sent + 1, cooldown.first_seconds),
            "expires_at": now + DAY_SECONDS,
        }
        as_seen = {
            "ConditionExpression": "attribute_not_exists(pk) OR ready_at = :ready",
            "ExpressionAttributeValues": {":ready": ready_at},
        }
        return {"Put": {"Item": next_item, **as_seen}}


def deletion(counter: str) -> dict[str, Any]:
    """Return the write, without its table, that resets a counter."""
    return {"Delete": {"Key": _key(counter)}}


def _full(consumes: Sequence[Consume], now: int) -> TooMany:
    return TooMany(counters.latest(consumes) - now, frozenset(one.counter for one in consumes))


def _refunded(one: Consume) -> dict[str, Any]:
    return {
        "Key": _key(one.counter),
        "UpdateExpression": "ADD charged :back",
        "ConditionExpression": "charged >= :amount",
        "ExpressionAttributeValues": {":back": -one.amount, ":amount": one.amount},
    }


def _key(counter: str) -> Item:
    return {"pk": f"{table.LIMIT}{counter}", "sk": "count"}


def _consumed(one: Consume) -> dict[str, Any]:
    return {
        "Key": _key(one.counter),
        "UpdateExpression": "ADD charged :amount SET expires_at = :until",
        "ConditionExpression": "attribute_not_exists(charged) OR charged <= :room",
        "ExpressionAttributeValues": {
            ":amount": one.amount,
            ":room": one.most - one.amount,
            ":until": one.until,
        },
    }
