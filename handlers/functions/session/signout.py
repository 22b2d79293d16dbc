"""POST /signout: 204, and the session of the token is over."""

from handlers import env
from handlers.adapters.http import Request, Response, endpoint
from handlers.store.directory import DynamoDirectory

DIRECTORY = DynamoDirectory(env.load("TABLE_NAME")["TABLE_NAME"])


@endpoint
def handler(request: Request) -> Response:
    """End the session."""
    caller = request.caller
    DIRECTORY.end_session(caller.user_id, caller.session_id)
    return Response(204)
