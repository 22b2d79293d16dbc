"""POST /signin/passkey

202 {challenge_id, expires_in, options}: options for `navigator.credentials.get`. 404 on a stack without passkeys.
"""

from contract.factors import PASSKEY
from contract.responses import PasskeyChallenge
from handlers import init_phase, services
from handlers.adapters.http import Request, Response, endpoint
from handlers.core.mfa import passkeys

SERVICES = services.load("challenges", "factor_types")
init_phase.prepare([SERVICES.factor_types[PASSKEY].prepare] if PASSKEY in SERVICES.factor_types else [])


@endpoint
def handler(_: Request) -> Response:
    """Start a sign-in with a passkey."""
    opened = passkeys.start(SERVICES)
    options = dict(opened.started.options or {})
    return Response(202, PasskeyChallenge(opened.challenge_id, opened.expires_in, options))
