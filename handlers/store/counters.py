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
            raise TooMany(limits.latest(never) - now)
        if len(charges) == 1 and wait is None:
            if self._table.update(_counted(charges[0])) is None:
                raise TooMany(charges[0].until - now)
            return
        writes = [{"Update": _counted(charge)} for charge in charges]
        if wait:
            writes.append(self._waited(wait, now))
        reasons = self._table.transact(writes)
        full = [charge for charge, reason in zip(charges, reasons, strict=False) if reason != "None"]
        if full:
            raise TooMany(limits.latest(full) - now)
        if any(reason != "None" for reason in reasons):  # somebody else has just sent one
            raise TooMany(wait.first_seconds if wait else 1)

    def give_back(self, charge: Charge) -> None:
        """One write; a counter that is gone is not made again."""
        update = {
            "Key": _key(charge.counter),
            "UpdateExpression": "ADD charged :back",
            "ConditionExpression": "charged >= :amount",
            "ExpressionAttributeValues": {":back": {"N": str(-charge.amount)}, ":amount": {"N": str(charge.amount)}},
        }
        self._table.update(update)

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
            "sent": {"N": str(sent + 1)},
            "ready_at": {"N": str(now + limits.wait_after(sent + 1, wait.first_seconds))},
            "expires_at": {"N": str(now + DAY_SECONDS)},
        }
        as_seen = {
            "ConditionExpression": "attribute_not_exists(pk) OR ready_at = :ready",
            "ExpressionAttributeValues": {":ready": {"N": str(ready_at)}},
        }
        return {"Put": {"Item": next_item, **as_seen}}


def _key(counter: str) -> Item:
    return {"pk": {"S": f"limit#{counter}"}, "sk": {"S": "count"}}


def _counted(charge: Charge) -> dict[str, Any]:
    return {
        "Key": _key(charge.counter),
        "UpdateExpression": "ADD charged :amount SET expires_at = :until",
        "ConditionExpression": "attribute_not_exists(charged) OR charged <= :room",
        "ExpressionAttributeValues": {
            ":amount": {"N": str(charge.amount)},
            ":room": {"N": str(charge.most - charge.amount)},
            ":until": {"N": str(charge.until)},
        },
    }
