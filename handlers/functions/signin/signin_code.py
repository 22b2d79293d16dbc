"""POST /signin/code {email}

202 {challenge_id, expires_in}: a code is mailed; the same whether or not the address has an account. 404 where the
stack offers no mailed codes. 429. 503 `mail_unavailable`.
"""

from contract.requests import Address
from handlers import services
from handlers.adapters import bodies, responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.accounts import mailed_codes

SERVICES = services.load("directory", "challenges", "factor_types", "mailer", "counters", "sign_in_limits", "pepper")


@endpoint
def handler(request: Request) -> Response:
    """Start a sign-in with a mailed code."""
    body = bodies.parse(request, Address)
    return responses.mailed_code(mailed_codes.start_sign_in(SERVICES, body.email, request.place))
