"""POST /me/email/confirm {challenge_id, code}

204: the new address signs in, the old one does not. 400 `invalid_code`, `user_exists`: nothing was changed.
"""

from contract.requests import ConfirmSignUp
from handlers import services
from handlers.adapters import bodies
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.accounts import address_change

SERVICES = services.load("events", "directory", "accounts", "challenges", "pepper")


@endpoint
def handler(request: Request) -> Response:
    """Switch to the new address."""
    body = bodies.parse(request, ConfirmSignUp)
    address_change.confirm(SERVICES, request.caller, body.challenge_id, body.code)
    return Response(204)
