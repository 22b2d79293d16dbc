"""Between Python values and DynamoDB's attribute values.

Source: DynamoDB API Reference, `AttributeValue`.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

Item = dict[str, Any]
"""An item by its attributes: text, int, bytes, bool, None, lists, maps, sets of text or bytes that are not empty."""


def serialize(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the item as the API takes it: `{"sk": {"S": "profile"}}`."""
    return {name: _attribute_value(value) for name, value in item.items()}


def deserialize(item: Mapping[str, Any]) -> Item:
    """Return the item of an answer of the API."""
    return {name: _plain(value) for name, value in item.items()}


def _attribute_value(value: Any) -> dict[str, Any]:  # noqa: C901 one case for each type
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case Mapping():
            return {"M": serialize(value)}
        case list() | tuple():
            return {"L": [_attribute_value(one) for one in value]}
        case set() | frozenset() if value and all(isinstance(one, str) for one in value):
            return {"SS": sorted(value)}
        case set() | frozenset() if value and all(isinstance(one, bytes) for one in value):
            return {"BS": sorted(value)}
    raise TypeError(f"DynamoDB has no type for {type(value).__name__}")


def _plain(value: Mapping[str, Any]) -> Any:
    ((kind, held),) = value.items()
    return _PLAIN[kind](held)


def _bytes(held: str | bytes) -> bytes:
    """Return a binary value: base64 in JSON, bytes from boto3."""
    return held if isinstance(held, bytes) else base64.b64decode(held)


_PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "S": str,
    "N": int,
    "B": _bytes,
    "BOOL": bool,
    "NULL": lambda _: None,
    "M": deserialize,
    "L": lambda held: [_plain(one) for one in held],
    "SS": set,
    "BS": lambda held: {_bytes(one) for one in held},
}
"""Type of an attribute value → what makes it plain. No item of ours has a set of numbers."""
