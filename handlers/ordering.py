"""What the handlers of orders share: the table, and whose orders they are."""

from handlers import env
from handlers.core import orders
from handlers.http import Request
from handlers.store.orders import OrderTable

TABLE = OrderTable(env.load("ORDERS_TABLE_NAME")["ORDERS_TABLE_NAME"])


def owner(request: Request) -> str:
    """The caller, as the owner of orders."""
    return orders.owner_of(request.caller["iss"], request.caller["sub"])


def named(request: Request) -> tuple[str, str]:
    """The order that the path names, as the caller's own: owner and id. Raises `NotFound`."""
    return owner(request), orders.read_id(request.path("id"))
