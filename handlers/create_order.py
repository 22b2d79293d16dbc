"""POST /orders {restaurant_id, quantity}

201 with the order, decided. With `Prefer: respond-async` 202 with the order, pending, and its `Location`. With an
`Idempotency-Key` that has come before: the answer of then; 422 `idempotency_key_reused` for another request.
"""

import secrets
import time

from contract.bodies import NewOrder
from handlers import bodies
from handlers.core import orders
from handlers.http import NO_STORE, Request, Response, endpoint
from handlers.ordering import TABLE, owner


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    body, now = bodies.parse(request, NewOrder), time.time()
    later = orders.wants_later(request.header("prefer"))
    order = orders.place(
        owner(request), body.restaurant_id, body.quantity, later=later, now=now, random=secrets.token_bytes
    )
    placed = TABLE.place(order, orders.claim(order, request.header("idempotency-key"), now), now)
    headers = {**NO_STORE, "location": f"/orders/{placed.id}"}
    if not later:
        return Response(201, placed.public, headers)
    return Response(202, placed.public, {**headers, "preference-applied": "respond-async"})
