"""The refresh token in a cookie that no script reads, for pages that the API shares its origin with.

A client asks for it by a header of its own, which pages of other origins cannot send, because the API's CORS rules do
not name it. Browsers tell where a request comes from (Fetch Metadata, `Sec-Fetch-Site`). Both are checked where the
cookie is used, beside its `SameSite=Strict`.

Sources: RFC 6265bis §4.1.2 and §4.1.3, OWASP Cross-Site Request Forgery Prevention Cheat Sheet.
"""

from dataclasses import replace

from contract.route import REFRESH_COOKIE, REFRESH_MODE
from handlers.adapters.http import Request, Response
from handlers.core.sessions.issue import SignedIn
from handlers.errors import Forbidden, InvalidGrant

IN_A_COOKIE = "cookie"
SAME_ORIGIN = "same-origin"


def is_wanted(request: Request) -> bool:
    """Return whether the client wants the refresh token in a cookie."""
    return request.header(REFRESH_MODE.name) == IN_A_COOKIE


def made(request: Request, signed_in: SignedIn) -> str:
    """Return the cookie with the refresh token."""
    return _cookie(request, signed_in.refresh_token, signed_in.refresh_expires_in)


def token_of(request: Request) -> str:
    """Return the refresh token of the cookie. Raises `Forbidden` for a request of another site, `InvalidGrant`."""
    if request.header("sec-fetch-site") != SAME_ORIGIN:
        raise Forbidden
    start = f"{REFRESH_COOKIE.name}="
    tokens = [one.removeprefix(start) for one in request.all_cookies if one.startswith(start)]
    if len(tokens) != 1 or not tokens[0]:  # of two, one may be a neighbouring host's, with the token of another account
        raise InvalidGrant
    return tokens[0]


def cleared(request: Request, response: Response) -> Response:
    """Return the response with the cookie removed, if the client has one."""
    return replace(response, cookies=(*response.cookies, _cookie(request, "", 0))) if is_wanted(request) else response


def _cookie(request: Request, value: str, seconds: int) -> str:
    """Return the cookie, which is sent to the refresh route alone."""
    attributes = f"Max-Age={seconds}; Path={request.base_path}/refresh; Secure; HttpOnly; SameSite=Strict"
    return f"{REFRESH_COOKIE.name}={value}; {attributes}"
