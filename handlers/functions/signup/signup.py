"""POST /signup {email, password}

202 {challenge_id, expires_in}: a code is mailed; the same whether or not the address is taken.
201 {user: {id}}: on stacks that do not confirm addresses. 400, 413, 429: nothing was written. 503 `mail_unavailable`.
"""

from contract.requests import SignUp
from handlers import init_phase, services
from handlers.adapters import bodies, responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.accounts import passwords, signup
from handlers.core.accounts.signup import Created

SERVICES = services.load(
    "events",
    "directory",
    "accounts",
    "password_cipher",
    "breaches",
    "confirms_email",
    "counters",
    "mailer",
    "sign_in_limits",
    "pepper",
    "default_roles",
)
init_phase.prepare([passwords.prepare])


@endpoint
def handler(request: Request) -> Response:
    """Start a sign-up."""
    body = bodies.parse(request, SignUp)
    outcome = signup.sign_up(SERVICES, body.email, body.password, request.place)
    return responses.created(outcome) if isinstance(outcome, Created) else responses.mailed_code(outcome)
