"""POST /signin/verify {challenge_id, factor_id, code or credential}

200 {access_token, refresh_token, token_type, expires_in}. 202 {pending}: the push is not answered yet. 202 with
factors: that was the first gate. 401 `invalid_code`.
"""

import secrets
import time

from contract.bodies import VerifyFactor
from handlers import answers, bodies, door, gates
from handlers.core import second_gate
from handlers.core.challenges import Purpose
from handlers.core.factors import Proof, Waiting
from handlers.http import Request, Response, endpoint

DOOR, GATES = door.load(), gates.load()


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    body = bodies.parse(request, VerifyFactor)
    place, now, proof = request.place, int(time.time()), Proof(body.code, body.credential)
    presented = second_gate.present(
        GATES, Purpose.SIGN_IN, body.challenge_id, body.factor_id, proof, now, secrets.token_bytes
    )
    if isinstance(presented.outcome, Waiting):
        return answers.PENDING
    entered = second_gate.enter(
        DOOR, GATES, body.challenge_id, presented, presented.outcome, place, now, secrets.token_bytes
    )
    return answers.entered(GATES, entered, place)
