"""GET /me/factors/{id}: 200 {factor, provider}: with what its provider knows about it. 404. 429, 502, 503."""

from contract.responses import FactorDetails
from handlers import services
from handlers.adapters import responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.mfa import enrolment

SERVICES = services.load("factors", "factor_types")


@endpoint
def handler(request: Request) -> Response:
    """Return one factor of the caller."""
    found = enrolment.show_factor(SERVICES, request.caller.user_id, request.path("id"))
    return Response(200, FactorDetails(responses.factor(SERVICES, found.factor), dict(found.provider)))
