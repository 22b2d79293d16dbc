"""The rules of orders: placed exactly once, decided, changed and listed."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace

from contract.orders.routes import MAX_PAGE, PAGE
from handlers.core.orders.errors import OrderNotFound
from handlers.core.orders.ports import OrderStore
from handlers.core.orders.types import Claim, Order, Page, Status
from handlers.errors import BadRequest, Contended

KITCHEN_CAPACITY = 100
"""The largest quantity that a kitchen cooks at once; a larger order fails. An example: replace it by your own rules."""
KEY_SECONDS = 24 * 3600
"""The time for which an `Idempotency-Key` is stored."""
MAX_ROUNDS = 5
ID = re.compile("[0-9a-f]{32}")

Random = Callable[[int], bytes]


def owner_of(issuer: str, subject: str) -> str:
    """Return the owner of an order: issuer and subject, since a subject is unique per issuer only (RFC 7519 §4.1.2)."""
    return hashlib.sha256(json.dumps([issuer, subject]).encode()).hexdigest()[:32]


def place(owner: str, restaurant_id: str, quantity: int, *, later: bool, now: float, random: Random) -> Order:
    """Return a new order. Its id begins with the time, so that sorting by id sorts by time."""
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
    """Return the decided order; equal orders are decided equally."""
    fits = order.quantity <= KITCHEN_CAPACITY
    return replace(order, status=Status.SUCCESS if fits else Status.FAILURE)


def change(order: Order, restaurant_id: str, quantity: int) -> Order:
    """Return the order with its new content, decided at once."""
    changed = replace(order, restaurant_id=restaurant_id, quantity=quantity, version=order.version + 1)
    return decide(changed)


def claim(order: Order, key: str | None, now: float) -> Claim | None:
    """Return the key's claim on the order; None without a key. Raises `BadRequest`."""
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
    """Return whether a `Prefer` header asks for `respond-async` (RFC 7240 §4.1)."""
    return "respond-async" in {part.partition(";")[0].strip().lower() for part in (prefer or "").split(",")}


def page_size(limit: str | None) -> int:
    """Return the `limit` of a listing. Raises `BadRequest`."""
    if limit is None:
        return PAGE
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 3 and 1 <= int(limit) <= MAX_PAGE):
        raise BadRequest(f"The limit is not a number from 1 to {MAX_PAGE}.")
    return int(limit)


def read_cursor(cursor: str | None) -> str | None:
    """Return the cursor of a listing: the id of the last order of the page before. Raises `BadRequest`."""
    if cursor is not None and not ID.fullmatch(cursor):
        raise BadRequest("The cursor is not one that this route has given.")
    return cursor


def read_id(text: str) -> str:
    """Return the id of an order from a path. Raises `OrderNotFound` for an impossible id."""
    if not ID.fullmatch(text):
        raise OrderNotFound
    return text


def page(found: list[Order], limit: int) -> Page:
    """Return a page of at most `limit` orders; one more order in `found` means that there is another page."""
    orders = found[:limit]
    return Page(orders, orders[-1].id if len(found) > limit else None)


def put(store: OrderStore, owner: str, order_id: str, restaurant_id: str, quantity: int) -> Order:
    """Replace the content of an order despite concurrent changes. Raises `OrderNotFound`, `Contended`."""
    for _ in range(MAX_ROUNDS):
        seen = store.find(owner, order_id)
        if seen is None:
            raise OrderNotFound
        changed = change(seen, restaurant_id, quantity)
        if store.replace(seen, changed):
            return changed
    raise Contended


def fulfil(store: OrderStore, owner: str, order_id: str) -> str:
    """Decide a pending order; return the outcome for the log. Raises `Contended` if it is being changed."""
    seen = store.find(owner, order_id)
    if seen is None:
        return "gone"
    if seen.status is not Status.PENDING:
        return "decided already"
    decided = decide(seen)
    if not store.replace(seen, decided):
        raise Contended
    return decided.status.value.lower()
