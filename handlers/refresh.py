"""POST /refresh {refresh_token}

200 {access_token, refresh_token, token_type, expires_in}. 401 `invalid_grant`; a spent token ends its session.
"""

import secrets
import time

from contract.bodies import Refresh
from handlers import answers, bodies, door, env
from handlers.core import refresh
from handlers.http import Request, Response, endpoint

DOOR = door.load()
IS_REQUIRED = env.load("SECOND_FACTOR")["SECOND_FACTOR"] == "required"


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    body = bodies.parse(request, Refresh)
    signed_in = refresh.refresh(
        DOOR, body.refresh_token, int(time.time()), secrets.token_bytes, needs_second_factor=IS_REQUIRED
    )
    return answers.tokens(signed_in)
