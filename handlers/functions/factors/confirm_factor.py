"""POST /me/factors/{id}/confirm {code or credential}

200: the factor, which is asked for from then on. 202 {pending}. 401 `invalid_code`, `step_up_required`.
"""

from contract.requests import Proof as Body
from handlers import services
from handlers.adapters import bodies, responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.mfa import enrolment
from handlers.core.mfa.factor_type import Pending, Proof

SERVICES = services.load(
    "events", "directory", "factors", "counters", "factor_types", "factor_limits", "confirms_email", "mailer"
)


@endpoint
def handler(request: Request) -> Response:
    """Confirm a new factor."""
    body = bodies.parse(request, Body)
    proof = Proof(body.code, body.credential)
    outcome = enrolment.confirm(SERVICES, request.caller, request.path("id"), proof)
    return responses.PENDING if isinstance(outcome, Pending) else Response(200, responses.factor(SERVICES, outcome))
