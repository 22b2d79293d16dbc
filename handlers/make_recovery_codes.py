"""POST /me/recovery-codes: 200 {codes}: ten, shown this once. 401 `step_up_required`. 404 without a second factor."""

import secrets
import time

from handlers import gates
from handlers.core import enrolling
from handlers.holder import holder
from handlers.http import Request, Response, endpoint

GATES = gates.load()


@endpoint
def handler(request: Request) -> Response:
    """See the module."""
    codes = enrolling.make_recovery_codes(GATES, holder(request), int(time.time()), secrets.token_bytes)
    return Response(200, {"codes": codes})
