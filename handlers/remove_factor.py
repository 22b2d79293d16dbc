"""DELETE /me/factors/{id}: 204. 401 `step_up_required`. 404. 409 `factor_needed`. 429, 502, 503: try again."""

from handlers import gates
from handlers.core import enrolling
from handlers.holder import holder
from handlers.http import Request, Response, endpoint

GATES = gates.load()


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    enrolling.remove(GATES, holder(request), request.path("id"))
    return Response(204)
