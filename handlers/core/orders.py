"""Orders: what one is, how it is placed once and only once, and what becomes of it."""

import hashlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from contract.orders import MAX_PAGE, PAGE
from handlers.errors import BadRequest, Contended, NotFound

KITCHEN_CAPACITY = 100
"""More of a dish than any kitchen cooks at once: such an order fails. Your own rules go here."""
KEY_SECONDS = 24 * 3600
"""How long an `Idempotency-Key` is remembered."""
MAX_ROUNDS = 5
ID = re.compile("[0-9a-f]{32}")

Random = Callable[[int], bytes]


class Status(StrEnum):
    """Of an order."""

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

    @property
    def public(self) -> dict[str, object]:
        """What its owner sees."""
        return {
            "id": self.id,
            "restaurant_id": self.restaurant_id,
            "quantity": self.quantity,
            "status": self.status.value,
            "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.created_at)),
        }


@dataclass(frozen=True, kw_only=True)
class Claim:
    """An `Idempotency-Key` taken for an order. `request` tells whether it comes back with the same request."""

    owner: str
    key_hash: str
    request: str
    order: Order
    expires_at: int


@dataclass(frozen=True)
class Page:
    """Some orders, and the cursor of the page after them."""

    orders: list[Order]
    next: str | None


class Orders(Protocol):
    """Where orders are kept."""

    def find(self, owner: str, order_id: str) -> Order | None:
        """The order."""

    def replace(self, seen: Order, successor: Order) -> bool:
        """Store the successor if the order still is as it was seen."""


def owner_of(issuer: str, subject: str) -> str:
    """Who owns an order: a subject means nothing without its issuer (RFC 7519 §4.1.2)."""
    return hashlib.sha256(json.dumps([issuer, subject]).encode()).hexdigest()[:32]


def place(owner: str, restaurant_id: str, quantity: int, *, later: bool, now: float, random: Random) -> Order:
    """A new order. Its id begins with the time, so that ids in their order are orders in theirs."""
    order = Order(
        owner=owner,
        id=f"{int(now * 1000):012x}{random(10).hex()}",
        restaurant_id=restaurant_id,
        quantity=quantity,
        status=Status.PENDING,
        created_at=int(now),
    )
    return order if later else decide(order)


def decide(order: Order) -> Order:
    """What becomes of an order; the same order always becomes the same."""
    fits = order.quantity <= KITCHEN_CAPACITY
    return replace(order, status=Status.SUCCESS if fits else Status.FAILURE)


def change(order: Order, restaurant_id: str, quantity: int) -> Order:
    """The order with something else in it, decided at once."""
    changed = replace(order, restaurant_id=restaurant_id, quantity=quantity, version=order.version + 1)
    return decide(changed)


def claim(order: Order, key: str | None, now: float) -> Claim | None:
    """The key's claim on the order; None without a key. Raises `BadRequest`."""
    if key is None:
        return None
    if not 1 <= len(key) <= 255 or not all(33 <= ord(char) <= 126 for char in key):
        raise BadRequest("The Idempotency-Key is not 1 to 255 visible ASCII characters.")
    request = json.dumps([order.restaurant_id, order.quantity, order.status is Status.PENDING])
    return Claim(
        owner=order.owner,
        key_hash=hashlib.sha256(key.encode()).hexdigest(),
        request=request,
        order=order,
        expires_at=int(now) + KEY_SECONDS,
    )


def wants_later(prefer: str | None) -> bool:
    """Whether a `Prefer` header asks for `respond-async` (RFC 7240 §4.1)."""
    return "respond-async" in {part.partition(";")[0].strip().lower() for part in (prefer or "").split(",")}


def page_size(limit: str | None) -> int:
    """The `limit` of a listing. Raises `BadRequest`."""
    if limit is None:
        return PAGE
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 3 and 1 <= int(limit) <= MAX_PAGE):
        raise BadRequest(f"The limit is not a number from 1 to {MAX_PAGE}.")
    return int(limit)


def read_cursor(cursor: str | None) -> str | None:
    """The cursor of a listing: the id of the last order of the page before. Raises `BadRequest`."""
    if cursor is not None and not ID.fullmatch(cursor):
        raise BadRequest("The cursor is not one that this route has given.")
    return cursor


def read_id(text: str) -> str:
    """The id of an order, from a path. Raises `NotFound` for what cannot be one."""
    if not ID.fullmatch(text):
        raise NotFound
    return text


def page(found: list[Order], limit: int) -> Page:
    """A page of at most `limit`; that one more was found says that there is another."""
    orders = found[:limit]
    return Page(orders, orders[-1].id if len(found) > limit else None)


def put(table: Orders, owner: str, order_id: str, restaurant_id: str, quantity: int) -> Order:
    """Replace what was ordered, whatever else happens to the order meanwhile. Raises `NotFound`, `Contended`."""
    for _ in range(MAX_ROUNDS):
        seen = table.find(owner, order_id)
        if seen is None:
            raise NotFound
        changed = change(seen, restaurant_id, quantity)
        if table.replace(seen, changed):
            return changed
    raise Contended


def fulfil(table: Orders, owner: str, order_id: str) -> str:
    """Decide an order that waits; answers what came of it. Raises `Contended` if it is being changed."""
    seen = table.find(owner, order_id)
    if seen is None:
        return "gone"
    if seen.status is not Status.PENDING:
        return "decided already"
    decided = decide(seen)
    if not table.replace(seen, decided):
        raise Contended
    return decided.status.value.lower()
