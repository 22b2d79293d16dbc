"""POST /signout: 204, and the session that the token belongs to is over."""

from handlers import env
from handlers.http import Request, Response, endpoint
from handlers.store.directory import DynamoDirectory

ENV = env.load("TABLE_NAME")
DIRECTORY = DynamoDirectory(ENV["TABLE_NAME"])


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    DIRECTORY.end_session(request.caller["sub"], request.caller["sid"])
    return Response(204)
