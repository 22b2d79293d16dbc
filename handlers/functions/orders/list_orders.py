"""GET /orders?limit=25&cursor=...: 200 {orders, next}, the caller's own, newest first."""

from contract.orders.bodies import Orders
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.orders import rules
from handlers.functions.orders.orders_context import STORE, owner, shown


@endpoint
def handler(request: Request) -> Response:
    """Return a page of the caller's orders."""
    limit, before = rules.page_size(request.query("limit")), rules.read_cursor(request.query("cursor"))
    page = rules.page(STORE.newest(owner(request), before, limit + 1), limit)
    return Response(200, Orders([shown(order) for order in page.orders], page.next))
