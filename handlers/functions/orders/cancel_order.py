"""DELETE /orders/{id}: 204; 404 if there is none, or it is another caller's."""

from handlers.adapters.http import Request, Response, endpoint
from handlers.core.orders.errors import OrderNotFound
from handlers.functions.orders.orders_context import STORE, named


@endpoint
def handler(request: Request) -> Response:
    """Delete an order."""
    if not STORE.delete(*named(request)):
        raise OrderNotFound
    return Response(204)
