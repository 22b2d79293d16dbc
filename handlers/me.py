"""GET /me: 200 {message, id, email}, from what the gate has checked."""

from handlers.http import Request, Response, endpoint


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    caller = request.caller
    email = caller["email"]
    return Response(200, {"message": f"Hello, {email}!", "id": caller["sub"], "email": email})
