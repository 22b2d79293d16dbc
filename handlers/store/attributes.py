"""Between Python values and DynamoDB's attribute values, by boto3's own serializer."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

Item = dict[str, Any]
"""An item by its attributes: text, int, bytes, bool, None, lists, maps, sets of text or bytes."""


def serialize(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the item as the API takes it: `{"sk": {"S": "profile"}}`."""
    return {name: _serializer().serialize(value) for name, value in item.items()}


def deserialize(item: Mapping[str, Any]) -> Item:
    """Return the item of an answer of the API."""
    return {name: _plain(_deserializer().deserialize(value)) for name, value in item.items()}


@cache
def _serializer() -> Any:
    from boto3.dynamodb.types import TypeSerializer  # boto3 is imported when it is first used

    return TypeSerializer()


@cache
def _deserializer() -> Any:
    from boto3.dynamodb.types import TypeDeserializer

    return TypeDeserializer()


def _plain(value: Any) -> Any:
    """Return a plain value for boto3's `Decimal` and `Binary`."""
    match value:
        case Decimal():
            return int(value)
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case set():
            return {_plain(one) for one in value}
        case _ if type(value).__name__ == "Binary":
            return bytes(value)
    return value
