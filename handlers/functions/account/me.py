"""GET /me: 200 {message, id, email, roles, second_factors, and the profile}. 401 `invalid_grant`: the user is gone."""

from handlers import services
from handlers.adapters import responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.accounts import profiles

SERVICES = services.load("directory")


@endpoint
def handler(request: Request) -> Response:
    """Return the caller."""
    profile = profiles.show(SERVICES, request.caller)
    return responses.me(profile, f"Hello, {profile.email}!")
