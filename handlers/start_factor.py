"""POST /signin/factor {challenge_id, factor_id, channel}

202 {factor_id, expires_in, hint, options}: the message is on its way, or the passkey's options are here. 401
`invalid_code`. 429, 502, 503: nothing was sent, other factors still work.
"""

import secrets
import time

from contract.bodies import StartFactor
from handlers import bodies, gates
from handlers.core import second_gate
from handlers.http import Request, Response, endpoint

GATES = gates.load()


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    body = bodies.parse(request, StartFactor)
    factor, started, seconds = second_gate.start(
        GATES, body.challenge_id, body.factor_id, body.channel, request.source, int(time.time()), secrets.token_bytes
    )
    answer = {"factor_id": factor.id, "expires_in": seconds, "hint": factor.hint}
    return Response(202, {**answer, "options": started.options} if started.options else answer)
