"""DELETE /orders/{id}: 204; 404 if there is none, or it is somebody else's."""

from handlers.errors import NotFound
from handlers.http import Request, Response, endpoint
from handlers.ordering import TABLE, named


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    if not TABLE.delete(*named(request)):
        raise NotFound
    return Response(204)
