"""POST /me/factors/{id}/code {channel}

202 {factor_id, expires_in, hint}: what confirms a new factor is on its way. 401 `step_up_required`. 404, 409. 429, 502,
503: nothing was sent.
"""

import secrets
import time

from contract.bodies import SendCode
from handlers import bodies, gates
from handlers.core import enrolling, factors
from handlers.holder import holder
from handlers.http import Request, Response, endpoint

GATES = gates.load()


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    body = bodies.parse(request, SendCode)
    factor, _ = enrolling.send_code(
        GATES,
        holder(request),
        request.path("id"),
        body.channel,
        request.source,
        int(time.time()),
        secrets.token_bytes,
    )
    return Response(202, {"factor_id": factor.id, "expires_in": factors.ENROLMENT_SECONDS, "hint": factor.hint})
