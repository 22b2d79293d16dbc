"""POST /me/factors/{id}/qr: 200 {label, issuer, qr_code}: for another authenticator app. 404 for other kinds.

409 `factor_shared`: another account uses the same phone.
"""

from handlers import gates
from handlers.core import enrolling
from handlers.errors import NoSuchFactor
from handlers.factors.authy import AuthyFactor
from handlers.holder import holder
from handlers.http import Request, Response, endpoint

GATES, MAILER = gates.load(), gates.mailer()


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    found = enrolling.to_export(GATES, MAILER, holder(request), request.path("id"))
    kind = enrolling.kind_of(GATES, found.kind)
    if not isinstance(kind, AuthyFactor):
        raise NoSuchFactor("Only an Authy user has a QR code.")
    return Response(200, kind.qr(found, request.caller["email"]))
