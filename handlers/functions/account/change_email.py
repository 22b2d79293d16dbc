"""PUT /me/email {email}

202 {challenge_id, expires_in}: a code is mailed; the same whether or not the address is taken. 401 `step_up_required`.
404 where the stack sends no mail. 429. 503 `mail_unavailable`.
"""

from contract.requests import Address
from handlers import services
from handlers.adapters import bodies, responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.accounts import address_change

SERVICES = services.load(
    "directory", "accounts", "challenges", "mailer", "counters", "sign_in_limits", "pepper", "confirms_email"
)


@endpoint
def handler(request: Request) -> Response:
    """Start a change of the address."""
    body = bodies.parse(request, Address)
    return responses.mailed_code(address_change.start(SERVICES, request.caller, body.email, request.place))
