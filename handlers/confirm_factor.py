"""POST /me/factors/{id}/confirm {code or credential}

200: the factor, which is asked for from now on. 202 {pending}. 401 `invalid_code`, `step_up_required`.
"""

import secrets
import time

from contract.bodies import Proof as Body
from handlers import answers, bodies, gates
from handlers.core import enrolling
from handlers.core.factors import Proof, Waiting
from handlers.holder import holder
from handlers.http import Request, Response, endpoint

GATES = gates.load()


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    body = bodies.parse(request, Body)
    outcome = enrolling.confirm(
        GATES,
        holder(request),
        request.path("id"),
        Proof(body.code, body.credential),
        int(time.time()),
        secrets.token_bytes,
    )
    return answers.PENDING if isinstance(outcome, Waiting) else Response(200, answers.factor(GATES, outcome))
