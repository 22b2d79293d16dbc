"""POST /me/factors/{totp,passkey,authy,verify}

201 {factor, ...}: to be confirmed; with a TOTP secret or a passkey's options, shown this once. For Authy 200
{message, user, success}, and 400 {email, message}, as Authy itself answers. 401 `step_up_required`. 404, 409.
"""

import secrets
import time
from typing import Any

import msgspec

from contract import bodies as shapes
from contract import factors as kinds
from contract.routes import ROUTES
from handlers import answers, bodies, gates
from handlers.core import enrolling
from handlers.holder import holder
from handlers.http import Request, Response, endpoint

GATES = gates.load()
ROWS = {route.key: route for route in ROUTES if route.handler == "enrol_factor"}


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    route = ROWS[request.event["routeKey"]]
    enrolling.kind_of(GATES, route.variant)
    enrolment = enrolling.begin(
        GATES,
        holder(request),
        route.variant,
        _given(request, route.body),
        int(time.time()),
        secrets.token_bytes,
    )
    if route.variant == kinds.AUTHY:
        return Response(200, dict(enrolment.told))
    return Response(201, {"factor": answers.factor(GATES, enrolment.factor), **enrolment.told})


def _given(request: Request, shape: str | None) -> dict[str, Any]:
    return msgspec.structs.asdict(bodies.parse(request, getattr(shapes, shape))) if shape else {}
