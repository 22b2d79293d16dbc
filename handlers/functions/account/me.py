"""GET /me: 200 {message, id, email}, from the authorizer's context."""

from contract.responses import Me
from handlers.adapters.http import Request, Response, endpoint


@endpoint
def handler(request: Request) -> Response:
    """Return the caller."""
    email = request.claims["email"]
    return Response(200, Me(message=f"Hello, {email}!", id=request.caller.user_id, email=email))
