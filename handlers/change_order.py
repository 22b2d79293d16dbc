"""PUT /orders/{id} {restaurant_id, quantity}: 200 with the order, decided anew; 404."""

from contract.bodies import NewOrder
from handlers import bodies
from handlers.core import orders
from handlers.http import Request, Response, endpoint
from handlers.ordering import TABLE, named


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    body = bodies.parse(request, NewOrder)
    return Response(200, orders.put(TABLE, *named(request), body.restaurant_id, body.quantity).public)
