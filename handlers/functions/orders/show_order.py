"""GET /orders/{id}: 200 with the order; 404 if there is none, or it is another caller's."""

from handlers.adapters.http import Request, Response, endpoint
from handlers.core.orders.errors import OrderNotFound
from handlers.functions.orders.orders_context import STORE, named, shown


@endpoint
def handler(request: Request) -> Response:
    """Return an order of the caller."""
    order = STORE.find(*named(request))
    if order is None:
        raise OrderNotFound
    return Response(200, shown(order))
