"""POST /signup {email, password}

202 {challenge_id, expires_in}: a code is mailed; the same whether or not the address is taken.
201 {user: {id}}: on stacks that do not confirm addresses. 400, 413, 429: nothing was written. 503 `mail_unavailable`.
"""

import secrets
import time

from contract.bodies import SignUp
from handlers import bodies, breaches, env, shared
from handlers.core import challenges, signup
from handlers.http import Request, Response, endpoint
from handlers.store.directory import DynamoDirectory
from handlers.store.vault import KmsVault

ENV = env.load("TABLE_NAME", "KEY_ARN", "CONFIRM_EMAIL")
DIRECTORY = DynamoDirectory(ENV["TABLE_NAME"])
VAULT = KmsVault(ENV["KEY_ARN"])
BREACHES = breaches.load()
if ENV["CONFIRM_EMAIL"] == "true":
    env.load("MAIL_FROM")  # without it, users would be created unconfirmed
POST = shared.post() if ENV["CONFIRM_EMAIL"] == "true" else None


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    body = bodies.parse(request, SignUp)
    now = int(time.time())
    candidate = signup.prepare(VAULT, body.email, body.password, secrets.token_bytes, BREACHES)
    if POST is None:
        user_id = signup.create(DIRECTORY, candidate, now)
        return Response(201, {"user": {"id": user_id}})
    challenge_id = signup.start(DIRECTORY, POST, candidate, request.place, now, secrets.token_bytes)
    return Response(202, {"challenge_id": challenge_id, "expires_in": challenges.LIFETIME_SECONDS})
