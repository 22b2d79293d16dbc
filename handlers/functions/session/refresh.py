"""POST /refresh {refresh_token}

200 {access_token, refresh_token, token_type, expires_in}. 401 `invalid_grant`; a spent token ends its session.
"""

from contract.requests import Refresh
from handlers import services
from handlers.adapters import bodies, responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.sessions import refresh

SERVICES = services.load("events", "directory", "requires_mfa", "signer", "issuer")


@endpoint
def handler(request: Request) -> Response:
    """Exchange a refresh token."""
    body = bodies.parse(request, Refresh)
    return responses.tokens(refresh.refresh(SERVICES, body.refresh_token))
