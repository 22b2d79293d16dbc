"""POST /refresh {refresh_token}

200 {access_token, refresh_token, token_type, expires_in}. 401 `invalid_grant`; a spent token ends its session.
"""

import secrets
import time

from contract.bodies import Refresh
from handlers import answers, bodies, door
from handlers.core import refresh
from handlers.http import Request, Response, endpoint

DOOR = door.load()


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    body = bodies.parse(request, Refresh)
    signed_in = refresh.refresh(DOOR, body.refresh_token, int(time.time()), secrets.token_bytes)
    return answers.tokens(signed_in)
