"""DELETE /me: 202 {delete_at, sign_in_cancels}, and all sessions are over. 401 `step_up_required`."""

from contract.responses import DeletionRequested
from handlers import services
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.accounts import deletion
from handlers.core.timestamps import timestamp

SERVICES = services.load("events", "directory", "accounts", "deletion", "mailer")


@endpoint
def handler(request: Request) -> Response:
    """Plan the deletion of the caller's account."""
    requested = deletion.request(SERVICES, request.caller)
    body = DeletionRequested(timestamp(requested.delete_at), SERVICES.deletion.sign_in_cancels)
    return Response(202, body)
