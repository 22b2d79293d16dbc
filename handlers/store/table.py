"""A DynamoDB table: consistent reads, conditional writes, transactions. Items and values are plain Python."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from handlers.errors import Contended
from handlers.store.attributes import Item, deserialize, serialize
from handlers.store.aws import AwsError, client
from handlers.store.retry import retry_on_conflict

Write = dict[str, Any]
"""The arguments of a write, without its table; `Key`, `Item` and `ExpressionAttributeValues` are plain Python."""


REFUSED = "ConditionalCheckFailedException"
MOST_WRITES = 100
"""In one transaction. Source: DynamoDB API Reference, TransactWriteItems."""
LAST = "\U0010ffff"
"""The greatest character, after all that a sort key may have."""


class Table:
    """A table by its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def put_new(self, item: Item) -> None:
        """Put an item whose key is new. If the item exists, the SDK has repeated a write whose answer was lost."""
        self._is_done("PutItem", {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"})

    def put(self, item: Item) -> None:
        """Put an item, and replace an existing one. Raises `Contended`."""
        retry_on_conflict(lambda: self._call("PutItem", {"Item": item}))

    def get(self, key: Item) -> Item | None:
        """Return an item, by one read."""
        answer = self._call("GetItem", {"Key": key, "ConsistentRead": True})
        return deserialize(answer["Item"]) if "Item" in answer else None

    def query(self, partition: str, until: str = LAST) -> list[Item]:
        """Return the items of a partition, or those whose sort keys are at most `until`."""
        asked = {
            "KeyConditionExpression": "pk = :partition AND sk <= :until",
            "ExpressionAttributeValues": {":partition": partition, ":until": until},
            "ConsistentRead": True,
        }
        return list(self._pages("Query", asked))

    def first(self, partition: str, limit: int) -> list[Item]:
        """Return the first items of a partition, at most `limit`, by one read."""
        asked = {"KeyConditionExpression": "pk = :partition", "ExpressionAttributeValues": {":partition": partition}}
        answer = self._call("Query", {**asked, "ConsistentRead": True, "Limit": limit})
        return [deserialize(item) for item in answer["Items"]]

    def newest(self, partition: str, before: str | None, limit: int) -> list[Item]:
        """Return items of a partition by descending sort key, from below `before` on. Eventually consistent."""
        condition, values = "pk = :partition", {":partition": partition}
        if before:
            condition, values = f"{condition} AND sk < :before", {**values, ":before": before}
        asked = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}
        answer = self._call("Query", {**asked, "ScanIndexForward": False, "Limit": limit})
        return [deserialize(item) for item in answer["Items"]]

    def query_index(self, index: str, hash_: tuple[str, str], range_: tuple[str, str, str], limit: int) -> list[Item]:
        """Return items of an index: (name, value) of its hash key; (name, from, to) of its range key, inclusive."""
        asked = {
            "IndexName": index,
            "KeyConditionExpression": "#hash = :hash AND #range BETWEEN :low AND :high",
            "ExpressionAttributeNames": {"#hash": hash_[0], "#range": range_[0]},
            "ExpressionAttributeValues": {":hash": hash_[1], ":low": range_[1], ":high": range_[2]},
        }
        answer = self._call("Query", {**asked, "Limit": limit})
        return [deserialize(item) for item in answer["Items"]]

    def get_both(self, keys: list[Item]) -> list[Item] | None:
        """Return both items, in the order of their keys; None unless both exist."""
        present = [item for item in self.get_some(keys) if item is not None]
        return present if len(present) == len(keys) else None

    def get_some(self, keys: list[Item]) -> list[Item | None]:
        """Return the items of these partitions, in the order of the keys, by one read. Raises `Contended`."""
        request = {self.name: {"Keys": [serialize(key) for key in keys], "ConsistentRead": True}}
        answer = client("dynamodb").call("BatchGetItem", RequestItems=request)
        if answer.get("UnprocessedKeys"):
            raise Contended
        items = [deserialize(item) for item in answer["Responses"].get(self.name, [])]
        found = {item["pk"]: item for item in items}
        return [found.get(key["pk"]) for key in keys]

    def scan(self, attributes: Sequence[str]) -> Iterator[Item]:
        """Return these attributes of all items, read page by page. Eventually consistent."""
        names = {f"#{number}": name for number, name in enumerate(attributes)}
        asked = {
            "Select": "SPECIFIC_ATTRIBUTES",
            "ProjectionExpression": ", ".join(names),
            "ExpressionAttributeNames": names,
        }
        return self._pages("Scan", asked)

    def update(self, update: Write) -> Item | None:
        """Update an item. Return the attributes that `ReturnValues` asks for; None if the condition does not hold."""

        def write() -> Item | None:
            try:
                return deserialize(self._call("UpdateItem", update).get("Attributes", {}))
            except AwsError as error:
                if error.code == REFUSED:
                    return None
                raise

        return retry_on_conflict(write)

    def delete(self, key: Item) -> None:
        """Delete an item; may be repeated. Raises `Contended`."""
        retry_on_conflict(lambda: self._call("DeleteItem", {"Key": key}))

    def delete_if(self, delete: Write) -> bool:
        """Delete an item; return whether the condition held."""
        return self._is_done("DeleteItem", delete)

    def transact(self, writes: list[dict[str, Write]]) -> list[str]:
        """Do all writes, `{member: request}`, or none. Return the outcome of each: `None`, or why it was refused."""
        named = [
            {member: {"TableName": self.name, **_serialized(request)} for member, request in one.items()}
            for one in writes
        ]

        def write() -> list[str]:
            try:
                client("dynamodb").call("TransactWriteItems", TransactItems=named)
            except AwsError as error:
                if not error.reasons or not set(error.reasons) <= {"None", "ConditionalCheckFailed"}:
                    raise
                return list(error.reasons)
            return ["None"] * len(writes)

        return retry_on_conflict(write)

    def _call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        return client("dynamodb").call(operation, TableName=self.name, **_serialized(request))

    def _is_done(self, operation: str, request: Mapping[str, Any]) -> bool:
        """Return whether the condition of the write held. Raises `Contended`."""
        try:
            retry_on_conflict(lambda: self._call(operation, request))
        except AwsError as error:
            if error.code == REFUSED:
                return False
            raise
        return True

    def _pages(self, operation: str, request: Mapping[str, Any]) -> Iterator[Item]:
        """Yield the items of all pages."""
        start: dict[str, Any] = {}
        while True:
            page = self._call(operation, {**request, **start})
            yield from map(deserialize, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _serialized(request: Mapping[str, Any]) -> dict[str, Any]:
    plain = ("Key", "Item", "ExpressionAttributeValues")
    return {name: serialize(value) if name in plain else value for name, value in request.items()}
