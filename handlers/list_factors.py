"""GET /me/factors: 200 {factors, recovery_codes_left}, masked."""

import time

from contract import factors as kinds
from handlers import answers, gates
from handlers.http import Request, Response, endpoint

GATES = gates.load()


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    enrolled = GATES.factors.of(request.caller["sub"])
    codes = sum(one.counter for one in enrolled if one.kind == kinds.RECOVERY)
    shown = [one for one in enrolled if one.kind != kinds.RECOVERY and not one.has_expired(time.time())]
    listed = [answers.factor(GATES, one) for one in shown]
    return Response(200, {"factors": listed, "recovery_codes_left": codes})
