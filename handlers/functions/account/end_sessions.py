"""DELETE /me/sessions, DELETE /me/sessions/{id}: 204, also if there is no such session. 400: `others`, or no id."""

from handlers import services
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.sessions import devices
from handlers.errors import BadRequest

SERVICES = services.load("events", "directory")
ALL = "DELETE /me/sessions"


@endpoint
def handler(request: Request) -> Response:
    """End one session of the caller, or all."""
    if request.event["routeKey"] == ALL:
        devices.end_sessions(SERVICES, request.caller, others=_others(request))
    else:
        devices.end_session(SERVICES, request.caller, request.path("id"))
    return Response(204)


def _others(request: Request) -> bool:
    text = request.query("others") or "false"
    if text not in ("true", "false"):
        raise BadRequest("`others` is true or false.")
    return text == "true"
