"""POST /signup {email, password}

202 {challenge_id, expires_in}: a code is mailed; the same whether or not the address is taken.
201 {user: {id}}: on stacks that do not confirm addresses. 400, 413, 429: nothing was written. 503 `mail_unavailable`.
"""

import json
import secrets
import time

from contract.bodies import SignUp
from contract.limits import SignInLimits
from handlers import bodies, breaches, env
from handlers.core import challenges, signup
from handlers.core.mailing import Post
from handlers.http import Request, Response, endpoint
from handlers.store.counters import DynamoCounters
from handlers.store.credentials import Pepper
from handlers.store.directory import DynamoDirectory
from handlers.store.mail import SesMailer
from handlers.store.vault import KmsVault

ENV = env.load("TABLE_NAME", "KEY_ARN", "CONFIRM_EMAIL")
DIRECTORY = DynamoDirectory(ENV["TABLE_NAME"])
VAULT = KmsVault(ENV["KEY_ARN"])
BREACHES = breaches.load()


def _post() -> Post | None:
    if ENV["CONFIRM_EMAIL"] != "true":
        return None
    own = env.load("MAIL_FROM", "PEPPER_SECRET_ID", "SIGN_IN_LIMITS")
    counters, limits = DynamoCounters(ENV["TABLE_NAME"]), SignInLimits(**json.loads(own["SIGN_IN_LIMITS"]))
    return Post(counters, SesMailer(own["MAIL_FROM"]), limits, Pepper(own["PEPPER_SECRET_ID"]))


POST = _post()


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
