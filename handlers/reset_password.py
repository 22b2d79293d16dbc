"""POST /password/reset {challenge_id, password, code}, then {challenge_id, password, factor_id, code or credential}

204: the password is changed, and everybody is signed out. 202 with factors: the second gate comes first. 202 {pending}.
400 `weak_password`. 401 `invalid_code`.
"""

import secrets
import time

from contract.bodies import ResetPassword
from handlers import answers, bodies, breaches, env, gates
from handlers.core import password_reset, second_gate
from handlers.core.challenges import Purpose
from handlers.core.factors import Proof, Waiting
from handlers.errors import NoSuchFactor
from handlers.http import Request, Response, endpoint
from handlers.store.vault import KmsVault

ENV = env.load("KEY_ARN")
GATES, VAULT = gates.load(), KmsVault(ENV["KEY_ARN"])
BREACHES = breaches.load()


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    body = bodies.parse(request, ResetPassword)
    if GATES.mailer is None:
        raise NoSuchFactor("This stack sends no mail.")
    password_reset.check(body.password)
    now, proof = int(time.time()), Proof(body.code, body.credential)
    presented = second_gate.present(
        GATES, Purpose.RESET, body.challenge_id, body.factor_id, proof, now, secrets.token_bytes
    )
    if isinstance(presented.outcome, Waiting):
        return answers.PENDING
    ahead = password_reset.reset(
        GATES, VAULT, BREACHES, body.challenge_id, presented, presented.outcome, body.password, now
    )
    return Response(204) if ahead is None else answers.second_gate(GATES, ahead)
