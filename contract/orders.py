"""The routes of Orders, the worked example of an application behind the gate."""

from contract import scopes
from contract.route import Route, Trusted

READ = Trusted(scopes=(scopes.ORDERS_READ, scopes.ORDERS_WRITE, scopes.POOL_USER))
WRITE = Trusted(scopes=(scopes.ORDERS_WRITE, scopes.POOL_USER))

ORDERS: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/orders",
        handler="create_order",
        summary="Place an order: at once, or later with `Prefer: respond-async`. Takes an `Idempotency-Key`.",
        guard=WRITE,
        body="NewOrder",
        answers={201: "Order", 202: "Order", 400: "Problem", 401: "Problem", 403: "Problem", 422: "Problem"},
    ),
    Route(
        method="GET",
        path="/orders",
        handler="list_orders",
        summary="The caller's orders, newest first, in pages: `limit` (1 to 100) and `cursor`.",
        guard=READ,
        answers={200: "Orders", 400: "Problem", 401: "Problem", 403: "Problem"},
    ),
    Route(
        method="GET",
        path="/orders/{id}",
        handler="show_order",
        summary="One order of the caller's.",
        guard=READ,
        answers={200: "Order", 401: "Problem", 403: "Problem", 404: "Problem"},
    ),
    Route(
        method="PUT",
        path="/orders/{id}",
        handler="change_order",
        summary="Replace what was ordered.",
        guard=WRITE,
        body="NewOrder",
        answers={200: "Order", 400: "Problem", 401: "Problem", 403: "Problem", 404: "Problem"},
    ),
    Route(
        method="DELETE",
        path="/orders/{id}",
        handler="cancel_order",
        summary="Delete an order.",
        guard=WRITE,
        answers={204: None, 401: "Problem", 403: "Problem", 404: "Problem"},
    ),
)
