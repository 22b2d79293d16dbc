"""POST /password/reset {challenge_id, password, code}, then {challenge_id, password, factor_id, code or credential}

204: the password is changed, and all sessions are over. 202 with the second factors: present one. 202 {pending}.
400 `weak_password`. 401 `invalid_code`.
"""

from contract.requests import ResetPassword
from handlers import init_phase, services
from handlers.adapters import bodies, responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.accounts import password_reset, passwords
from handlers.core.accounts.password_reset import PasswordReset
from handlers.core.mfa.factor_type import Pending, Proof
from handlers.core.mfa.verification import MfaRequired

SERVICES = services.load(
    "events", "directory", "password_cipher", "breaches", "counters", "mailer", "factors", "challenges", "factor_types",
    "mailbox", "factor_limits",
)  # fmt: skip
init_phase.prepare([passwords.prepare])


@endpoint
def handler(request: Request) -> Response:
    """Set a new password."""
    body = bodies.parse(request, ResetPassword)
    proof = Proof(body.code, body.credential)
    outcome = password_reset.reset(SERVICES, body.challenge_id, body.factor_id, proof, body.password)
    match outcome:
        case Pending():
            return responses.PENDING
        case MfaRequired():
            return responses.mfa_required(SERVICES, outcome)
        case PasswordReset():
            return Response(204)
