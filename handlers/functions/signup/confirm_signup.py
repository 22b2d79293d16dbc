"""POST /signup/confirm {challenge_id, code}

201 {user: {id}}: the user exists. 400 `invalid_code`, `user_exists`: nothing was created.
"""

from dataclasses import replace

from contract.requests import ConfirmSignUp
from handlers import services
from handlers.adapters import bodies, responses
from handlers.adapters.http import Request, Response, device_cookie, endpoint
from handlers.core.accounts import signup

SERVICES = services.load("events", "directory", "counters", "sign_in_limits", "pepper", "default_roles")


@endpoint
def handler(request: Request) -> Response:
    """Create the user."""
    body, place = bodies.parse(request, ConfirmSignUp), request.place
    user = signup.confirm(SERVICES, body.challenge_id, body.code, place)
    return replace(responses.created(user), cookies=(device_cookie(place),))
