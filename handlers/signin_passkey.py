"""POST /signin/passkey

202 {challenge_id, expires_in, options}: options for `navigator.credentials.get`. 404 on a stack without passkeys.
"""

import secrets
import time

from contract import factors as kinds
from handlers import answers, gates
from handlers.core import challenges, enrolling, passwordless
from handlers.http import Request, Response, endpoint

GATES = gates.load()


@endpoint
def handler(_: Request) -> Response:
    """See the module."""
    enrolling.kind_of(GATES, kinds.PASSKEY)
    challenge_id, started = passwordless.ask_for_passkey(GATES, int(time.time()), secrets.token_bytes)
    return answers.challenge(challenge_id, challenges.LIFETIME_SECONDS, options=started.options)
