"""POST /orders {restaurant_id, quantity}

201 with the order, decided. With `Prefer: respond-async` 202 with the order, pending, and its `Location`. With an
`Idempotency-Key` that has come before: the answer of then; 422 `idempotency_key_reused` for another request.
"""

import secrets
import time

from contract.orders.bodies import NewOrder
from handlers.adapters import bodies
from handlers.adapters.http import NO_STORE, Request, Response, endpoint
from handlers.core.orders import rules
from handlers.functions.orders.orders_context import STORE, owner, shown


@endpoint
def handler(request: Request) -> Response:
    """Place an order."""
    body, now = bodies.parse(request, NewOrder), time.time()
    later = rules.wants_later(request.header("prefer"))
    order = rules.place(
        owner(request), body.restaurant_id, body.quantity, later=later, now=now, random=secrets.token_bytes
    )
    placed = STORE.place(order, rules.claim(order, request.header("idempotency-key"), now), now)
    headers = {**NO_STORE, "location": f"/orders/{placed.id}"}
    if not later:
        return Response(201, shown(placed), headers)
    return Response(202, shown(placed), {**headers, "preference-applied": "respond-async"})
