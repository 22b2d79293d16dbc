"""POST /me/factors/{id}/code {channel}

202 {factor_id, expires_in, hint}: the code that confirms a new factor is on its way. 401 `step_up_required`. 404, 409.
429, 502, 503: nothing was sent.
"""

from contract.requests import SendCode
from handlers import services
from handlers.adapters import bodies, responses
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.mfa import enrolment

SERVICES = services.load("directory", "factors", "factor_types", "confirms_email")


@endpoint
def handler(request: Request) -> Response:
    """Send the code of a new factor."""
    body = bodies.parse(request, SendCode)
    return responses.started(
        enrolment.send_code(SERVICES, request.caller, request.path("id"), body.channel, request.source)
    )
