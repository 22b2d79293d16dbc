"""The bodies of the orders API."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from contract.fields import Id, Time, only
from contract.requests import Request

RestaurantId = Annotated[str, Meta(min_length=1, max_length=64, pattern=only("[A-Za-z0-9_-]+"))]
Quantity = Annotated[int, Meta(ge=1, le=1000)]


class NewOrder(Request, frozen=True):
    """`POST /orders`, `PUT /orders/{id}`."""

    restaurant_id: RestaurantId
    quantity: Quantity


class Order(msgspec.Struct, frozen=True):
    """An order. `created_at` is an RFC 3339 time."""

    id: Id
    restaurant_id: str
    quantity: int
    status: Literal["PENDING", "SUCCESS", "FAILURE"]
    created_at: Time


class Orders(msgspec.Struct, frozen=True):
    """A page of orders; `next` is the cursor of the next page, if there is one."""

    orders: list[Order]
    next: str | None
