"""DELETE /me/factors/{id}: 204. 401 `step_up_required`. 404. 409 `factor_needed`. 429, 502, 503: try again."""

from handlers import services
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.mfa import enrolment

SERVICES = services.load("events", "directory", "factors", "factor_types", "requires_mfa", "mailer")


@endpoint
def handler(request: Request) -> Response:
    """Remove a factor."""
    enrolment.remove(SERVICES, request.caller, request.path("id"))
    return Response(204)
