"""POST /stepup {} or {password} or {challenge_id, factor_id, code or credential}

200 {access_token, token_type, expires_in}: of the same session. 202 with factors: present one of them; a user without
any is mailed a code, which is presented as the factor `email`. 202 {pending}. 401 `invalid_code`,
`invalid_credentials`. 429. 503 `mail_unavailable`.
"""

from contract.requests import StepUp
from handlers import init_phase, services
from handlers.adapters import bodies, responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.mfa.factor_type import Pending, Proof
from handlers.core.mfa.verification import MfaRequired
from handlers.core.sessions import step_up
from handlers.core.sessions.step_up import SteppedUp

SERVICES = services.load(
    "events", "directory", "password_cipher", "counters", "sign_in_limits", "pepper", "mailer", "factors", "challenges",
    "factor_types", "mailbox", "factor_limits", "requires_mfa", "signer", "issuer",
)  # fmt: skip
init_phase.prepare([kind.prepare for kind in SERVICES.factor_types.values()])


@endpoint
def handler(request: Request) -> Response:
    """Authenticate again in the same session."""
    outcome = _step_up(request, bodies.parse(request, StepUp))
    match outcome:
        case Pending():
            return responses.PENDING
        case MfaRequired():
            return responses.mfa_required(SERVICES, outcome)
        case SteppedUp(access):
            return responses.stepped_up(access)


def _step_up(request: Request, body: StepUp) -> SteppedUp | MfaRequired | Pending:
    caller, place = request.caller, request.place
    if body.password is not None:
        return step_up.with_password(SERVICES, caller, body.password, place)
    if body.challenge_id is None or body.factor_id is None:  # the contract lets them come together alone
        return step_up.begin(SERVICES, caller, place)
    return step_up.verify(SERVICES, caller, body.challenge_id, body.factor_id, Proof(body.code, body.credential))
