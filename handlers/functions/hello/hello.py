"""GET /hello: 200 {message}, for tokens that API Gateway's JWT authorizer accepts."""

from contract.responses import Hello
from handlers.adapters.http import Request, Response, endpoint


@endpoint
def handler(_: Request) -> Response:
    """Return a greeting."""
    return Response(200, Hello("hello world"))
