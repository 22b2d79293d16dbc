"""PUT /orders/{id} {restaurant_id, quantity}: 200 with the order, decided anew; 404."""

from contract.orders.bodies import NewOrder
from handlers.adapters import bodies
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.orders import rules
from handlers.functions.orders.orders_context import STORE, named, shown


@endpoint
def handler(request: Request) -> Response:
    """Replace what was ordered."""
    body = bodies.parse(request, NewOrder)
    return Response(200, shown(rules.put(STORE, *named(request), body.restaurant_id, body.quantity)))
