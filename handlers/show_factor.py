"""GET /me/factors/{id}: 200 {factor, provider}: with what its provider knows of it. 404. 429, 502, 503."""

from handlers import answers, gates
from handlers.core import enrolling
from handlers.http import Request, Response, endpoint

GATES = gates.load()


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    found = enrolling.confirmed_of(GATES, request.caller["sub"], request.path("id"))
    details = enrolling.kind_of(GATES, found.kind).details(found)
    return Response(200, {"factor": answers.factor(GATES, found), "provider": dict(details)})
