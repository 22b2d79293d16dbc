"""GET /me/sessions: 200 {sessions}, the last used first."""

from contract.responses import Sessions
from handlers import services
from handlers.adapters import responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.sessions import devices

SERVICES = services.load("directory")


@endpoint
def handler(request: Request) -> Response:
    """Return the caller's sessions."""
    caller = request.caller
    found = devices.list_sessions(SERVICES, caller.user_id)
    return Response(200, Sessions([responses.session(one, caller.session_id) for one in found]))
