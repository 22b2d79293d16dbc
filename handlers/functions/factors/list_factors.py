"""GET /me/factors: 200 {factors, recovery_codes_left}, masked."""

from contract.responses import Factors
from handlers import services
from handlers.adapters import responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.mfa import enrolment

SERVICES = services.load("factors", "factor_types")


@endpoint
def handler(request: Request) -> Response:
    """Return the caller's factors."""
    listed = enrolment.list_factors(SERVICES, request.caller.user_id)
    shown = [responses.factor(SERVICES, one) for one in listed.factors]
    return Response(200, Factors(shown, listed.recovery_codes_left))
