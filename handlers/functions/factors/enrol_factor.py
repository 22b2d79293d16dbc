"""POST /me/factors/{totp,passkey,authy,verify}

201 {factor, ...}: to be confirmed; with a TOTP secret or a passkey's options, shown this once. For Authy 200
{message, user, success}, and 400 {email, message}, as Authy itself answers. 401 `step_up_required`. 404, 409.
"""

from typing import Any

import msgspec

from contract import factors as kinds
from contract import requests
from contract import responses as answers
from contract.routes import ROUTES
from handlers import services
from handlers.adapters import bodies, responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.mfa import enrolment, verification
from handlers.core.mfa.factor_type import Enrolment

SERVICES = services.load("directory", "factors", "counters", "factor_types", "factor_limits", "confirms_email")
ROWS = {route.key: route for route in ROUTES if route.function == "enrol_factor"}


@endpoint
def handler(request: Request) -> Response:
    """Begin an enrolment."""
    route = ROWS[request.event["routeKey"]]
    verification.offered(SERVICES, route.variant)  # before the body, which only that type can judge
    begun = enrolment.begin(SERVICES, request.caller, route.variant, _given(request, route.body))
    if route.variant == kinds.AUTHY:
        return Response(200, answers.AuthyUser(**begun.shown))
    return Response(201, _enrolled(route.variant, begun))


def _given(request: Request, shape: str | None) -> dict[str, Any]:
    return msgspec.structs.asdict(bodies.parse(request, getattr(requests, shape))) if shape else {}


def _enrolled(kind: str, begun: Enrolment) -> msgspec.Struct:
    factor = responses.factor(SERVICES, begun.factor)
    if kind == kinds.TOTP:
        return answers.NewTotp(factor, **begun.shown)
    if kind == kinds.PASSKEY:
        return answers.NewPasskey(factor, **begun.shown)
    return answers.NewFactor(factor)
