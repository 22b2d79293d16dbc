"""POST /me/recovery-codes: 200 {codes}: ten, shown this once. 401 `step_up_required`. 404 without a second factor."""

import secrets
import time

from handlers import gates
from handlers.core import enrolling
from handlers.http import Request, Response, endpoint

GATES, MAILER = gates.load(), gates.mailer()


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    caller = request.caller
    codes = enrolling.make_recovery_codes(
        GATES, MAILER, caller["sub"], caller["amr"].split(), int(time.time()), secrets.token_bytes
    )
    return Response(200, {"codes": codes})
