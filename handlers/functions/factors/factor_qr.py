"""POST /me/factors/{id}/qr: 200 {label, issuer, qr_code}: for another authenticator app. 404 for other factor types.

409 `factor_shared`: another account uses the same phone.
"""

from contract.responses import Qr
from handlers import services
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.mfa import enrolment

SERVICES = services.load("directory", "factors", "factor_types", "mailer")


@endpoint
def handler(request: Request) -> Response:
    """Return a QR code of the caller's Authy user."""
    return Response(200, Qr(**enrolment.export(SERVICES, request.caller, request.path("id"), request.claims["email"])))
