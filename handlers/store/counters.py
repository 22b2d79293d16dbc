"""Counters in DynamoDB: several are charged in one transaction, each on the condition that it is not full."""

from collections.abc import Sequence
from typing import Any

from handlers.core import limits
from handlers.core.limits import DAY_SECONDS, Charge, Wait
from handlers.errors import TooMany
from handlers.store.table import Item, Table


class DynamoCounters:
    """Keeps the promises of `core.ports.Counters`."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def charge(self, charges: Sequence[Charge], now: int, wait: Wait | None = None) -> None:
        """One write for one, else one transaction; before it one read, where there is a wait to keep."""
        never = [charge for charge in charges if charge.amount > charge.most]  # a new counter has no room for it either
        if never:
            raise _full(never, now)
        if len(charges) == 1 and wait is None:
            if self._table.update(_counted(charges[0])) is None:
                raise _full(charges, now)
            return
        writes = [{"Update": _counted(charge)} for charge in charges]
        if wait:
            writes.append(self._waited(wait, now))
        reasons = self._table.transact(writes)
        full = [charge for charge, reason in zip(charges, reasons, strict=False) if reason != "None"]
        if full:
            raise _full(full, now)
        if any(reason != "None" for reason in reasons):  # somebody else has just sent one
            raise TooMany(wait.first_seconds if wait else 1)

    def give_back(self, charges: Sequence[Charge]) -> None:
        """One write, or one transaction; a counter that is gone is not made again."""
        updates = [_given_back(charge) for charge in charges]
        if len(updates) == 1:
            self._table.update(updates[0])
        else:
            self._table.transact([{"Update": update} for update in updates])

    def count(self, charge: Charge) -> int:
        """One write, which also reads; there is no most."""
        update = {
            "Key": _key(charge.counter),
            "UpdateExpression": "ADD charged :amount SET expires_at = :until",
            "ExpressionAttributeValues": {":amount": _number(charge.amount), ":until": _number(charge.until)},
            "ReturnValues": "UPDATED_NEW",
        }
        counted = self._table.update(update) or {}
        return int(counted["charged"]["N"])

    def forget(self, counter: str) -> None:
        """One delete. Raises `Contended`."""
        self._table.delete(_key(counter))

    def arrived(self, wait: Wait) -> None:
        """One write; nothing happens if there is none to wait for."""
        update = {
            "Key": _key(wait.counter),
            "UpdateExpression": "SET ready_at = :now, sent = :none",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeValues": {":now": {"N": "0"}, ":none": {"N": "0"}},
        }
        self._table.update(update)

    def _waited(self, wait: Wait, now: int) -> dict[str, Any]:
        item = self._table.get(_key(wait.counter))
        is_forgotten = item is None or int(item["expires_at"]["N"]) <= now
        sent = 0 if item is None or is_forgotten else int(item["sent"]["N"])
        ready_at = 0 if item is None else int(item["ready_at"]["N"])
        if not is_forgotten and now < ready_at:
            raise TooMany(ready_at - now)
        next_item: Item = {
            **_key(wait.counter),
            "sent": _number(sent + 1),
            "ready_at": _number(now + limits.wait_after(sent + 1, wait.first_seconds)),
            "expires_at": _number(now + DAY_SECONDS),
        }
        as_seen = {
            "ConditionExpression": "attribute_not_exists(pk) OR ready_at = :ready",
            "ExpressionAttributeValues": {":ready": _number(ready_at)},
        }
        return {"Put": {"Item": next_item, **as_seen}}


def forgotten(counter: str) -> dict[str, Any]:
    """The write, without its table, after which nothing is counted."""
    return {"Delete": {"Key": _key(counter)}}


def _full(charges: Sequence[Charge], now: int) -> TooMany:
    return TooMany(limits.latest(charges) - now, frozenset(charge.counter for charge in charges))


def _given_back(charge: Charge) -> dict[str, Any]:
    return {
        "Key": _key(charge.counter),
        "UpdateExpression": "ADD charged :back",
        "ConditionExpression": "charged >= :amount",
        "ExpressionAttributeValues": {":back": _number(-charge.amount), ":amount": _number(charge.amount)},
    }


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}


def _key(counter: str) -> Item:
    return {"pk": {"S": f"limit#{counter}"}, "sk": {"S": "count"}}


def _counted(charge: Charge) -> dict[str, Any]:
    return {
        "Key": _key(charge.counter),
        "UpdateExpression": "ADD charged :amount SET expires_at = :until",
        "ConditionExpression": "attribute_not_exists(charged) OR charged <= :room",
        "ExpressionAttributeValues": {
            ":amount": _number(charge.amount),
            ":room": _number(charge.most - charge.amount),
            ":until": _number(charge.until),
        },
    }
