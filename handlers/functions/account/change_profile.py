"""PATCH /me {name, locale, picture, attributes}, each of which may be missing, or null.

200 as `GET /me`. 400: nothing was changed.
"""

from contract.requests import ChangeProfile
from handlers import services
from handlers.adapters import bodies, responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.accounts import profiles

SERVICES = services.load("events", "directory", "accounts", "profile_attributes")


@endpoint
def handler(request: Request) -> Response:
    """Change the caller's profile."""
    changes = bodies.given(bodies.parse(request, ChangeProfile))
    return responses.me(profiles.change(SERVICES, request.caller, changes), "Your profile is changed.")
