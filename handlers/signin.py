"""POST /signin {email, password}

200 {access_token, refresh_token, token_type, expires_in}. 401 `invalid_credentials`, the same for every reason.
"""

import secrets
import time

from contract.bodies import SignIn
from handlers import answers, bodies, door
from handlers.core import signin
from handlers.http import Request, Response, endpoint

DOOR = door.load()


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    body = bodies.parse(request, SignIn)
    signed_in = signin.sign_in(DOOR, body.email, body.password, int(time.time()), secrets.token_bytes)
    return answers.tokens(signed_in)
