"""One DynamoDB table, and the few ways in which items are read and written: consistently, and on conditions."""

import contextlib
from typing import Any

from handlers.errors import Contended
from handlers.store.aws import client
from handlers.store.contention import until_uncontended

Item = dict[str, dict[str, Any]]


class Table:
    """A table by its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def put_new(self, item: Item) -> None:
        """Write what cannot be there: if it is, the SDK has repeated a write of ours whose answer got lost."""
        with contextlib.suppress(client("dynamodb").exceptions.ConditionalCheckFailedException):
            client("dynamodb").put_item(TableName=self.name, Item=item, ConditionExpression="attribute_not_exists(pk)")

    def get(self, key: Item) -> Item | None:
        """One read."""
        answer = client("dynamodb").get_item(TableName=self.name, Key=key, ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item

    def query(self, partition: dict[str, str]) -> list[Item]:
        """All items of a partition."""
        asked = {
            "TableName": self.name,
            "KeyConditionExpression": "pk = :partition",
            "ExpressionAttributeValues": {":partition": partition},
            "ConsistentRead": True,
        }
        return [item for page in client("dynamodb").get_paginator("query").paginate(**asked) for item in page["Items"]]

    def get_both(self, keys: list[Item]) -> list[Item] | None:
        """Both items, in the order of their keys; None unless both are there."""
        present = [item for item in self.get_some(keys) if item is not None]
        return present if len(present) == len(keys) else None

    def get_some(self, keys: list[Item]) -> list[Item | None]:
        """Each item that is there, in the order of the keys. Raises `Contended`."""
        request = {self.name: {"Keys": keys, "ConsistentRead": True}}
        answer = client("dynamodb").batch_get_item(RequestItems=request)
        if answer.get("UnprocessedKeys"):
            raise Contended
        found = {item["pk"]["S"]: item for item in answer["Responses"].get(self.name, [])}
        return [found.get(key["pk"]["S"]) for key in keys]

    def update(self, update: dict[str, Any]) -> Item | None:
        """The item's new attributes; None if the condition does not hold."""

        def write() -> Item | None:
            try:
                answer = client("dynamodb").update_item(TableName=self.name, **update)
            except client("dynamodb").exceptions.ConditionalCheckFailedException:
                return None
            attributes: Item = answer.get("Attributes", {})
            return attributes

        return until_uncontended(write)

    def delete(self, key: Item) -> None:
        """Nothing happens if it is gone already. Raises `Contended`."""
        until_uncontended(lambda: client("dynamodb").delete_item(TableName=self.name, Key=key))

    def transact(self, writes: list[dict[str, Any]]) -> list[str]:
        """The outcome of each write, `{member: request}`: `None` for all, or why the whole was not done."""
        named = [{member: {"TableName": self.name, **request} for member, request in one.items()} for one in writes]

        def write() -> list[str]:
            try:
                client("dynamodb").transact_write_items(TransactItems=named)
            except client("dynamodb").exceptions.TransactionCanceledException as error:
                reasons = [reason["Code"] for reason in error.response["CancellationReasons"]]
                if not set(reasons) <= {"None", "ConditionalCheckFailed"}:
                    raise
                return reasons
            return ["None"] * len(writes)

        return until_uncontended(write)
