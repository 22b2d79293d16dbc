"""POST /signup/confirm {challenge_id, code}

201 {user: {id}}: the user exists. 400 `invalid_code`, `user_exists`: nothing was created.
"""

import time

from contract.bodies import ConfirmSignUp
from handlers import bodies, env, shared
from handlers.core import signup
from handlers.core.signup import Confirmation
from handlers.http import Request, Response, device_cookie, endpoint
from handlers.store.counters import DynamoCounters
from handlers.store.directory import DynamoDirectory

ENV = env.load("TABLE_NAME")
JUDGE = Confirmation(
    DynamoDirectory(ENV["TABLE_NAME"]), DynamoCounters(ENV["TABLE_NAME"]), shared.limits(), shared.pepper()
)


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    body, place = bodies.parse(request, ConfirmSignUp), request.place
    user_id = signup.confirm(JUDGE, body.challenge_id, body.code, place, int(time.time()))
    return Response(201, {"user": {"id": user_id}}, cookies=(device_cookie(place),))
