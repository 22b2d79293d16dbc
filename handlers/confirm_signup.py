"""POST /signup/confirm {challenge_id, code}

201 {user: {id}}: the user exists. 400 `invalid_code`, `user_exists`: nothing was created.
"""

import time

from contract.bodies import ConfirmSignUp
from handlers import bodies, env
from handlers.core import signup
from handlers.http import Request, Response, endpoint
from handlers.store.directory import DynamoDirectory

ENV = env.load("TABLE_NAME")
DIRECTORY = DynamoDirectory(ENV["TABLE_NAME"])


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    body = bodies.parse(request, ConfirmSignUp)
    user_id = signup.confirm(DIRECTORY, body.challenge_id, body.code, int(time.time()))
    return Response(201, {"user": {"id": user_id}})
