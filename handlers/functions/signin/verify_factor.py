"""POST /signin/verify {challenge_id, factor_id, code or credential}

200 {access_token, refresh_token, token_type, expires_in}. 202 {pending}: the push is not answered yet. 202 with the
second factors, or `enrol_required`, as at `/signin`. 401 `invalid_code`.
"""

from contract.requests import VerifyFactor
from handlers import init_phase, services
from handlers.adapters import bodies, responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.mfa.factor_type import Pending, Proof
from handlers.core.sessions import sign_in

SERVICES = services.load(
    "events", "session_lifetimes", "directory", "factors", "challenges", "counters", "factor_types", "mailbox",
    "factor_limits", "pepper", "mailer", "requires_mfa", "signer", "issuer",
)  # fmt: skip
init_phase.prepare([kind.prepare for kind in SERVICES.factor_types.values()])


@endpoint
def handler(request: Request) -> Response:
    """Continue a sign-in with a factor."""
    body, place = bodies.parse(request, VerifyFactor), request.place
    proof = Proof(body.code, body.credential)
    outcome = sign_in.verify(SERVICES, body.challenge_id, body.factor_id, proof, place)
    return responses.PENDING if isinstance(outcome, Pending) else responses.sign_in(SERVICES, outcome, request, place)
