"""GET /me/factors/available: 200 {kinds, second_factor}."""

import json
from typing import cast

from contract.responses import Available, Requirement
from handlers import env
from handlers.adapters.http import Request, Response, endpoint

ENV = env.load("FACTORS", "SECOND_FACTOR")
AVAILABLE = Available(list(json.loads(ENV["FACTORS"])), cast(Requirement, ENV["SECOND_FACTOR"]))


@endpoint
def handler(_: Request) -> Response:
    """Return the factor types that the stack offers."""
    return Response(200, AVAILABLE)
