"""GET /orders?limit=25&cursor=...: 200 {orders, next}, the caller's own, newest first."""

from handlers.core import orders
from handlers.http import Request, Response, endpoint
from handlers.ordering import TABLE, owner


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    limit, before = orders.page_size(request.query("limit")), orders.read_cursor(request.query("cursor"))
    page = orders.page(TABLE.newest(owner(request), before, limit + 1), limit)
    return Response(200, {"orders": [order.public for order in page.orders], "next": page.next})
