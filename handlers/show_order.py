"""GET /orders/{id}: 200 with the order; 404 if there is none, or it is somebody else's."""

from handlers.errors import NotFound
from handlers.http import Request, Response, endpoint
from handlers.ordering import TABLE, named


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    order = TABLE.find(*named(request))
    if order is None:
        raise NotFound
    return Response(200, order.public)
