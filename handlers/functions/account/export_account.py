"""GET /me/export: 200 with everything that is stored about the caller. 401 `step_up_required`."""

from handlers import services
from handlers.adapters import responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.accounts import export

SERVICES = services.load("events", "directory", "accounts", "factors", "factor_types", "applications")


@endpoint
def handler(request: Request) -> Response:
    """Return the caller's data."""
    caller = request.caller
    return responses.exported(SERVICES, export.export(SERVICES, caller), caller.session_id)
