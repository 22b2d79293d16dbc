"""POST /signin {email, password}

200 {access_token, refresh_token, token_type, expires_in}. 202 with the second factors, or with `enrol_required` and an
access token that adds one. 401 `invalid_credentials`, the same for every reason.
"""

from contract.requests import SignIn
from handlers import services
from handlers.adapters import bodies, responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.sessions import sign_in

SERVICES = services.load(
    "events", "directory", "password_cipher", "counters", "sign_in_limits", "pepper", "mailer",
    "factors", "challenges", "factor_types", "requires_mfa", "signer", "issuer",
    "session_lifetimes", "migration",
)  # fmt: skip


@endpoint
def handler(request: Request) -> Response:
    """Sign in with a password."""
    body, place = bodies.parse(request, SignIn), request.place
    outcome = sign_in.sign_in(SERVICES, body.email, body.password, place)
    return responses.sign_in(SERVICES, outcome, request, place)
