"""Orders in a table of their own; `contract.orders.table` has its keys."""

import json
from dataclasses import asdict

from contract.orders import table
from handlers.core.orders.errors import IdempotencyKeyReused
from handlers.core.orders.types import Claim, Order, Status
from handlers.errors import Contended
from handlers.store.attributes import Item
from handlers.store.table import Table, Write


class OrderTable:
    """Implements `core.orders.ports.OrderStore`. Every write is conditional, and may be repeated."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def place(self, order: Order, claim: Claim | None, now: float) -> Order:
        """One transaction."""
        new = {"Put": {"Item": _item(order), "ConditionExpression": "attribute_not_exists(pk)"}}
        writes = [new, {"Put": _free_key(claim, now)}] if claim else [new]
        is_placed = set(self._table.transact(writes)) == {"None"}
        if is_placed or claim is None:  # without a key, only our own first try can have put it there
            return order
        return self._placed_with(claim)

    def find(self, owner: str, order_id: str) -> Order | None:
        """One read."""
        item = self._table.get(_key(owner, order_id))
        return _order(owner, item) if item else None

    def newest(self, owner: str, before: str | None, limit: int) -> list[Order]:
        """One query."""
        return [_order(owner, item) for item in self._table.newest(f"{table.ORDERS}{owner}", before, limit)]

    def all_of(self, owner: str) -> list[Order]:
        """As many queries as there are pages."""
        return [_order(owner, item) for item in self._table.query(f"{table.ORDERS}{owner}")]

    def erase(self, owner: str) -> None:
        """Two queries, and a delete for each item."""
        for prefix in (table.ORDERS, table.IDEMPOTENCY_KEYS):
            for item in self._table.query(f"{prefix}{owner}"):
                self._table.delete({"pk": item["pk"], "sk": item["sk"]})

    def replace(self, seen: Order, successor: Order) -> bool:
        """One transaction, because the repetition of an update alone would find the new version."""
        update = {
            "Key": _key(seen.owner, seen.id),
            "UpdateExpression": "SET restaurant_id = :restaurant, quantity = :quantity, #status = :status, #v = :next",
            "ConditionExpression": "#v = :seen AND #status = :was",
            "ExpressionAttributeNames": {"#status": "status", "#v": "version"},
            "ExpressionAttributeValues": {
                ":restaurant": successor.restaurant_id,
                ":quantity": successor.quantity,
                ":status": successor.status.value,
                ":was": seen.status.value,
                ":next": successor.version,
                ":seen": seen.version,
            },
        }
        return self._table.transact([{"Update": update}]) == ["None"]

    def delete(self, owner: str, order_id: str) -> bool:
        """One transaction, because the repetition of a delete alone would find no order."""
        delete = {"Key": _key(owner, order_id), "ConditionExpression": "attribute_exists(pk)"}
        return self._table.transact([{"Delete": delete}]) == ["None"]

    def _placed_with(self, claim: Claim) -> Order:
        item = self._table.get({"pk": f"{table.IDEMPOTENCY_KEYS}{claim.owner}", "sk": claim.key_hash})
        if item is None:
            raise Contended
        if item["request"] != claim.request:
            raise IdempotencyKeyReused
        placed = json.loads(item["order"])
        return Order(**{**placed, "status": Status(placed["status"])})


def _free_key(claim: Claim, now: float) -> Write:
    return {
        "Item": _claim_item(claim),
        "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :now",
        "ExpressionAttributeValues": {":now": int(now)},
    }


def _key(owner: str, order_id: str) -> Item:
    return {"pk": f"{table.ORDERS}{owner}", "sk": order_id}


def _item(order: Order) -> Item:
    return {
        **_key(order.owner, order.id),
        "owner": order.owner,
        "restaurant_id": order.restaurant_id,
        "quantity": order.quantity,
        "status": order.status.value,
        "created_at": order.created_at,
        "version": order.version,
    }


def _claim_item(claim: Claim) -> Item:
    return {
        "pk": f"{table.IDEMPOTENCY_KEYS}{claim.owner}",
        "sk": claim.key_hash,
        "request": claim.request,
        "order": json.dumps(asdict(claim.order)),
        "expires_at": claim.expires_at,
    }


def _order(owner: str, item: Item) -> Order:
    return Order(
        owner=owner,
        id=item["sk"],
        restaurant_id=item["restaurant_id"],
        quantity=item["quantity"],
        status=Status(item["status"]),
        created_at=item["created_at"],
        version=item["version"],
    )
