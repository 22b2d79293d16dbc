"""PUT /me/password {password, current_password}

204: all other sessions are over. 400 `weak_password`. 401 `invalid_credentials`: the current password is wrong;
`step_up_required`: without it, a fresh mailed code or second factor is needed.
"""

from contract.requests import ChangePassword
from handlers import init_phase, services
from handlers.adapters import bodies
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.accounts import password_change, passwords

SERVICES = services.load(
    "events", "directory", "accounts", "password_cipher", "breaches", "counters", "sign_in_limits", "pepper", "mailer"
)
init_phase.prepare([passwords.prepare])


@endpoint
def handler(request: Request) -> Response:
    """Set a new password."""
    body = bodies.parse(request, ChangePassword)
    password_change.change(SERVICES, request.caller, body.current_password, body.password, request.place)
    return Response(204)
