"""POST /signin/factor {challenge_id, factor_id, channel}

202 {factor_id, expires_in, hint, options}: the message is on its way, or the passkey's options are here. 401
`invalid_code`. 429, 502, 503: nothing was sent, other factors still work.
"""

from contract.requests import StartFactor
from handlers import init_phase, services
from handlers.adapters import bodies, responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.mfa import verification

SERVICES = services.load("directory", "factors", "challenges", "factor_types")
init_phase.prepare([kind.prepare for kind in SERVICES.factor_types.values()])


@endpoint
def handler(request: Request) -> Response:
    """Start a second factor."""
    body = bodies.parse(request, StartFactor)
    started = verification.start(SERVICES, body.challenge_id, body.factor_id, body.channel, request.source)
    return responses.started(started)
