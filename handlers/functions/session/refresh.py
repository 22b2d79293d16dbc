"""POST /refresh {refresh_token}, or {} with the token in a cookie

200 {access_token, refresh_token, token_type, expires_in}, or with the new refresh token in the cookie.
401 `invalid_grant`; a spent token ends its session. 403: the cookie was sent for another site.
"""

from contract.requests import Refresh
from handlers import services
from handlers.adapters import bodies, refresh_cookie, responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.sessions import refresh
from handlers.errors import BadRequest

SERVICES = services.load("events", "directory", "requires_mfa", "signer", "issuer")


@endpoint
def handler(request: Request) -> Response:
    """Exchange a refresh token."""
    body = bodies.parse(request, Refresh)
    token = refresh_cookie.token_of(request) if refresh_cookie.is_wanted(request) else body.refresh_token
    if token is None:
        raise BadRequest("The field `refresh_token` is missing.")
    return responses.tokens(refresh.refresh(SERVICES, token), request)
