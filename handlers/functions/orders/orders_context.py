"""The shared parts of the functions of orders: the store, the caller as an owner, and an order as a response."""

from contract.orders import bodies
from handlers import env, init_phase
from handlers.adapters.http import Request
from handlers.core.orders import rules
from handlers.core.orders.types import Order
from handlers.core.timestamps import timestamp
from handlers.store.aws import client
from handlers.store.orders.order_table import OrderTable

STORE = OrderTable(env.load("ORDERS_TABLE_NAME")["ORDERS_TABLE_NAME"])
init_phase.connect([client("dynamodb").connect])


def owner(request: Request) -> str:
    """Return the caller as the owner of orders."""
    return rules.owner_of(request.claims["iss"], request.claims["sub"])


def named(request: Request) -> tuple[str, str]:
    """Return owner and id of the order that the path names. Raises `OrderNotFound`."""
    return owner(request), rules.read_id(request.path("id"))


def shown(order: Order) -> bodies.Order:
    """Return an order as its owner sees it."""
    return bodies.Order(
        id=order.id,
        restaurant_id=order.restaurant_id,
        quantity=order.quantity,
        status=order.status.value,
        created_at=timestamp(order.created_at),
    )
