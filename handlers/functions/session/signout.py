"""POST /signout: 204, and the session of the token is over."""

from contract.events import SessionEnded
from handlers import services
from handlers.adapters import refresh_cookie
from handlers.adapters.http import Request, Response, endpoint

SERVICES = services.load("directory", "events")


@endpoint
def handler(request: Request) -> Response:
    """End the session."""
    caller = request.caller
    SERVICES.directory.end_session(caller.user_id, caller.session_id)
    SERVICES.events.emit(SessionEnded("signed_out", caller.session_id), caller.user_id)
    return refresh_cookie.cleared(request, Response(204))
