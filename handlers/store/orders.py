"""Orders in a table of their own.

| pk | sk | what |
|---|---|---|
| `orders#<owner>` | `<id>` | an order |
| `keys#<owner>` | `<hash of key>` | an `Idempotency-Key` and the order that it placed, as it was then |
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from handlers.core.orders import Claim, Order, Status
from handlers.errors import Contended, KeyReused
from handlers.store.aws import client
from handlers.store.contention import until_uncontended

Item = dict[str, dict[str, Any]]


class OrderTable:
    """Every write is conditional, and may be tried again."""

    def __init__(self, table_name: str) -> None:
        self._table = table_name

    def place(self, order: Order, claim: Claim | None, now: float) -> Order:
        """Store a new order; the one that the key has placed already, if it has. Raises `KeyReused`, `Contended`."""
        new = {"TableName": self._table, "Item": _item(order), "ConditionExpression": "attribute_not_exists(pk)"}
        writes = [{"Put": new}, {"Put": self._free_key(claim, now)}] if claim else [{"Put": new}]
        if self._writes(writes) or claim is None:  # without a key it can only have been there by our own first try
            return order
        return self._placed_by(claim)

    def find(self, owner: str, order_id: str) -> Order | None:
        """One read."""
        answer = client("dynamodb").get_item(TableName=self._table, Key=_key(owner, order_id), ConsistentRead=True)
        return _order(owner, answer["Item"]) if "Item" in answer else None

    def newest(self, owner: str, before: str | None, limit: int) -> list[Order]:
        """One page, newest first."""
        condition, values = "pk = :owner", {":owner": {"S": f"orders#{owner}"}}
        if before:
            condition, values = f"{condition} AND sk < :before", {**values, ":before": {"S": before}}
        answer = client("dynamodb").query(
            TableName=self._table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ScanIndexForward=False,
            Limit=limit,
        )
        return [_order(owner, item) for item in answer["Items"]]

    def replace(self, seen: Order, successor: Order) -> bool:
        """Store the successor if the order still is as it was seen."""
        update = {
            "Key": _key(seen.owner, seen.id),
            "UpdateExpression": "SET restaurant_id = :restaurant, quantity = :quantity, #status = :status, #v = :next",
            "ConditionExpression": "#v = :seen AND #status = :was",
            "ExpressionAttributeNames": {"#status": "status", "#v": "version"},
            "ExpressionAttributeValues": {
                ":restaurant": {"S": successor.restaurant_id},
                ":quantity": {"N": str(successor.quantity)},
                ":status": {"S": successor.status.value},
                ":was": {"S": seen.status.value},
                ":next": {"N": str(successor.version)},
                ":seen": {"N": str(seen.version)},
            },
        }
        return self._holds("update_item", update)

    def delete(self, owner: str, order_id: str) -> bool:
        """Whether it was there."""
        return self._holds("delete_item", {"Key": _key(owner, order_id), "ConditionExpression": "attribute_exists(pk)"})

    def _free_key(self, claim: Claim, now: float) -> dict[str, Any]:
        free = "attribute_not_exists(pk) OR expires_at <= :now"
        return {
            "TableName": self._table,
            "Item": _claim_item(claim),
            "ConditionExpression": free,
            "ExpressionAttributeValues": {":now": {"N": str(int(now))}},
        }

    def _placed_by(self, claim: Claim) -> Order:
        key = {"pk": {"S": f"keys#{claim.owner}"}, "sk": {"S": claim.key_hash}}
        item = client("dynamodb").get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        if item is None:
            raise Contended
        if item["request"]["S"] != claim.request:
            raise KeyReused
        placed = json.loads(item["order"]["S"])
        return Order(**{**placed, "status": Status(placed["status"])})

    def _writes(self, writes: list[dict[str, Any]]) -> bool:
        """Whether all were done; not one of them otherwise. Raises `Contended`."""

        def write() -> bool:
            try:
                client("dynamodb").transact_write_items(TransactItems=writes)
            except client("dynamodb").exceptions.TransactionCanceledException as error:
                reasons = {reason["Code"] for reason in error.response["CancellationReasons"]}
                if not reasons <= {"None", "ConditionalCheckFailed"}:
                    raise
                return False
            return True

        return until_uncontended(write)

    def _holds(self, call: str, request: Mapping[str, Any]) -> bool:
        try:
            getattr(client("dynamodb"), call)(TableName=self._table, **request)
        except client("dynamodb").exceptions.ConditionalCheckFailedException:
            return False
        return True


def _key(owner: str, order_id: str) -> Item:
    return {"pk": {"S": f"orders#{owner}"}, "sk": {"S": order_id}}


def _item(order: Order) -> Item:
    return {
        **_key(order.owner, order.id),
        "owner": {"S": order.owner},
        "restaurant_id": {"S": order.restaurant_id},
        "quantity": {"N": str(order.quantity)},
        "status": {"S": order.status.value},
        "created_at": {"N": str(order.created_at)},
        "version": {"N": str(order.version)},
    }


def _claim_item(claim: Claim) -> Item:
    return {
        "pk": {"S": f"keys#{claim.owner}"},
        "sk": {"S": claim.key_hash},
        "request": {"S": claim.request},
        "order": {"S": json.dumps(asdict(claim.order))},
        "expires_at": {"N": str(claim.expires_at)},
    }


def _order(owner: str, item: Item) -> Order:
    return Order(
        owner=owner,
        id=item["sk"]["S"],
        restaurant_id=item["restaurant_id"]["S"],
        quantity=int(item["quantity"]["N"]),
        status=Status(item["status"]["S"]),
        created_at=int(item["created_at"]["N"]),
        version=int(item["version"]["N"]),
    )
