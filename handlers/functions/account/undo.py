"""GET /undo: the page that mailed links open. POST /undo {token}: 204, done; 400 `invalid_code`: the link is void.

The token stands after `#` in the link, so that browsers send it to no server; the page's script posts it when its
button is pressed. Programs that open links in mail therefore change nothing.
"""

import base64
import hashlib
import re
from pathlib import Path

from contract.requests import Undo
from handlers import services
from handlers.adapters import bodies
from handlers.adapters.http import NO_STORE, Request, Response, endpoint
from handlers.core.accounts import undo

SERVICES = services.load("events", "directory", "accounts")
PAGE = Path(__file__).with_name("undo.html").read_text(encoding="utf-8")


def _hash(element: str) -> str:
    """Return the source expression of an inline element (CSP Level 3 §2.3.1)."""
    text = "".join(re.findall(rf"<{element}>(.*?)</{element}>", PAGE, re.DOTALL))
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


HEADERS = {
    **NO_STORE,
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": (
        f"default-src 'none'; script-src {_hash('script')}; style-src {_hash('style')}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


@endpoint
def handler(request: Request) -> Response:
    """Show the page, or follow the link."""
    if request.event["routeKey"] == "GET /undo":
        return Response(200, PAGE, HEADERS)
    undo.follow(SERVICES, bodies.parse(request, Undo).token)
    return Response(204)
