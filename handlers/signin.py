"""POST /signin {email, password}

200 {access_token, refresh_token, token_type, expires_in}. 202 with the factors of the second gate, or with
`enrol_required` and an access token that adds one. 401 `invalid_credentials`, the same for every reason.
"""

import secrets
import time

from contract.bodies import SignIn
from handlers import answers, bodies, door, gates
from handlers.core import second_gate, signin
from handlers.http import Request, Response, endpoint

DOOR, CHECK, GATES = door.load(), door.password_check(), gates.load()


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    body, place, now = bodies.parse(request, SignIn), request.place, int(time.time())
    account = signin.check_password(CHECK, body.email, body.password, place, now)
    entered = second_gate.enter_with_password(DOOR, GATES, account, place, now, secrets.token_bytes)
    return answers.entered(GATES, entered, place)
