"""POST /stepup {} or {password} or {challenge_id, factor_id, code or credential}

200 {access_token, token_type, expires_in}: of the same session. 202 with factors: present one of them; whoever has none
is mailed a code, which is presented as the factor `email`. 202 {pending}. 401 `invalid_code`, `invalid_credentials`.
429. 503 `mail_unavailable`.
"""

import secrets
import time

from contract.bodies import StepUp
from handlers import answers, bodies, door, gates, shared
from handlers.core import second_gate, step_up
from handlers.core.challenges import Purpose
from handlers.core.factors import Proof, Waiting
from handlers.core.second_gate import SecondGateAhead
from handlers.core.step_up import SteppedUp
from handlers.http import Request, Response, endpoint

DOOR, CHECK, GATES, POST = door.load(), door.password_check(), gates.load(), shared.post()


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    body = bodies.parse(request, StepUp)
    user_id, session_id, now = request.caller["sub"], request.caller["sid"], int(time.time())
    if body.password is not None:
        return _answer(
            step_up.with_password(
                DOOR, GATES, CHECK, user_id, session_id, body.password, request.place, now, secrets.token_bytes
            )
        )
    if body.challenge_id is None or body.factor_id is None:  # they come together
        return _answer(step_up.begin(GATES, POST, user_id, session_id, request.place, now, secrets.token_bytes))
    proof = Proof(body.code, body.credential)
    presented = second_gate.present(
        GATES, Purpose.STEP_UP, body.challenge_id, body.factor_id, proof, now, secrets.token_bytes
    )
    if isinstance(presented.outcome, Waiting):
        return answers.PENDING
    return _answer(step_up.enter(DOOR, GATES, session_id, presented, presented.outcome, now, secrets.token_bytes))


def _answer(outcome: SteppedUp | SecondGateAhead) -> Response:
    if isinstance(outcome, SecondGateAhead):
        return answers.second_gate(GATES, outcome)
    body = {"access_token": outcome.access_token, "token_type": "Bearer", "expires_in": outcome.expires_in}
    return Response(200, body)
