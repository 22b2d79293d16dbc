"""The routes of the orders API, the worked example of an application behind the authorizer."""

from contract.application import Application
from contract.route import Parameter, Route, Trusted
from contract.scopes import POOL_USER

API = "OrdersAPI"
ORDERS_READ = f"{API}/orders.read"
ORDERS_WRITE = f"{API}/orders.write"

READ = Trusted(scopes=(ORDERS_READ, ORDERS_WRITE, POOL_USER))
WRITE = Trusted(scopes=(ORDERS_WRITE, POOL_USER))

MAX_PAGE = 100
PAGE = 25
PREFER = Parameter(
    name="Prefer",
    where="header",
    description="`respond-async`: accept the order now, and fulfil it later (RFC 7240 §4.1)",
    schema={"type": "string", "examples": ["respond-async"]},
)
IDEMPOTENCY_KEY = Parameter(
    name="Idempotency-Key",
    where="header",
    description="Says which requests are the same; a repeated one is answered as the first was",
    schema={"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
)
LIMIT = Parameter(
    name="limit",
    where="query",
    description="How many at most",
    schema={"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": PAGE},
)
CURSOR = Parameter(
    name="cursor",
    where="query",
    description="`next` of the page before",
    schema={"type": "string", "pattern": "^[0-9a-f]{32}$"},
)

ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/orders",
        handler="orders/create_order",
        summary="Place an order: at once, or later with `Prefer: respond-async`. Takes an `Idempotency-Key`.",
        guard=WRITE,
        body="NewOrder",
        answers={201: "Order", 202: "Order", 422: "Problem"},
        parameters=(PREFER, IDEMPOTENCY_KEY),
        headers={201: ("Location",), 202: ("Location", "Preference-Applied")},
    ),
    Route(
        method="GET",
        path="/orders",
        handler="orders/list_orders",
        summary="The caller's orders, newest first, in pages: `limit` (1 to 100) and `cursor`.",
        guard=READ,
        answers={200: "Orders", 400: "Problem"},
        parameters=(LIMIT, CURSOR),
    ),
    Route(
        method="GET",
        path="/orders/{id}",
        handler="orders/show_order",
        summary="One order of the caller's.",
        guard=READ,
        answers={200: "Order", 404: "Problem"},
    ),
    Route(
        method="PUT",
        path="/orders/{id}",
        handler="orders/change_order",
        summary="Replace what was ordered.",
        guard=WRITE,
        body="NewOrder",
        answers={200: "Order", 404: "Problem"},
    ),
    Route(
        method="DELETE",
        path="/orders/{id}",
        handler="orders/cancel_order",
        summary="Delete an order.",
        guard=WRITE,
        answers={204: None, 404: "Problem"},
    ),
)

ORDERS = Application(
    routes=ROUTES,
    bodies="contract.orders.bodies",
    resource_servers={API: {"orders.read": "See own orders", "orders.write": "Place, change and cancel own orders"}},
    session_scopes=(ORDERS_READ, ORDERS_WRITE),
)
