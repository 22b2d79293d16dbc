"""POST /me/recovery-codes: 200 {codes}: ten, shown this once. 401 `step_up_required`. 404 without a second factor."""

from contract.responses import RecoveryCodes
from handlers import services
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.mfa import enrolment

SERVICES = services.load("events", "directory", "factors", "factor_types", "mailer")


@endpoint
def handler(request: Request) -> Response:
    """Make new recovery codes."""
    return Response(200, RecoveryCodes(enrolment.make_recovery_codes(SERVICES, request.caller)))
