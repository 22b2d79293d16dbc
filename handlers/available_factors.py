"""GET /me/factors/available: 200 {kinds, second_factor}."""

import json

from handlers import env
from handlers.http import Request, Response, endpoint

ENV = env.load("FACTORS", "SECOND_FACTOR")
KINDS = list(json.loads(ENV["FACTORS"]))


@endpoint
def handler(_: Request) -> Response:
    """See the module."""
    return Response(200, {"kinds": KINDS, "second_factor": ENV["SECOND_FACTOR"]})
