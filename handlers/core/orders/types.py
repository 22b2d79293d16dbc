"""Orders, pages of them, and claims of idempotency keys."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The status of an order."""

    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order. `version` counts its changes; `created_at` in Unix seconds."""

    owner: str
    id: str
    restaurant_id: str
    quantity: int
    status: Status
    created_at: int
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class Claim:
    """An `Idempotency-Key` taken for an order. `request` identifies the request, to compare repetitions with it."""

    owner: str
    key_hash: str
    request: str
    order: Order
    expires_at: int


@dataclass(frozen=True)
class Page:
    """A page of orders, and the cursor of the next page."""

    orders: list[Order]
    next: str | None
