"""A code goes to an address, for one purpose."""

import secrets
import time
from collections.abc import Callable

from contract import factors as kinds
from contract.bodies import Address
from handlers import answers, bodies, gates, shared
from handlers.core import challenges, enrolling, passwordless
from handlers.core.challenges import Purpose
from handlers.errors import NoSuchFactor
from handlers.http import Request, Response

GATES, POST = gates.load(), shared.post()


def mailing(purpose: Purpose) -> Callable[[Request], Response]:
    """A handler's work: 202 with a challenge."""

    def handle(request: Request) -> Response:
        body = bodies.parse(request, Address)
        if purpose is Purpose.SIGN_IN:
            enrolling.kind_of(GATES, kinds.EMAIL)
        if POST is None:
            raise NoSuchFactor("This stack sends no mail.")
        now = int(time.time())
        challenge_id = passwordless.mail_code(GATES, POST, purpose, body.email, request.place, now, secrets.token_bytes)
        return answers.challenge(challenge_id, challenges.LIFETIME_SECONDS)

    return handle
