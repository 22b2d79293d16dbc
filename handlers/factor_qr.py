"""POST /me/factors/{id}/qr: 200 {label, issuer, qr_code}: for another authenticator app. 404 for other kinds.

409 `factor_shared`: another account uses the same phone.
"""

from handlers import gates
from handlers.core import enrolling
from handlers.holder import holder
from handlers.http import Request, Response, endpoint

GATES = gates.load()


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    found = enrolling.to_export(GATES, holder(request), request.path("id"))
    return Response(200, enrolling.kind_of(GATES, found.kind).qr(found, request.caller["email"]))
