"""GET /hello: 200 {message}, for whom API Gateway's JWT authorizer has let in."""

from handlers.http import Request, Response, endpoint


@endpoint
def handler(_: Request) -> Response:
    """See the module."""
    return Response(200, {"message": "hello world"})
