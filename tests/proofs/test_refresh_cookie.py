"""The refresh token in a cookie, and requests that come through the distribution, with the real handlers."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sallyport.client.stack.local_stack import LocalStack
from tests.support.handlers import PASSWORD, Answer, Handlers, User, new_address, new_source

WANTED = {"sallyport-refresh-token": "cookie"}
OWN_PAGE = {**WANTED, "sec-fetch-site": "same-origin"}
SECRET = "a secret of this test"
COOKIE = re.compile(
    r"__Secure-refresh=([A-Za-z0-9._-]{130}); Max-Age=2592000; Path=(/api)?/refresh; Secure; HttpOnly; SameSite=Strict"
)
LATER = re.compile(COOKIE.pattern.replace("2592000", r"(?:2592000|25919\d\d)"))
"""The cookie of a refresh, with what is left of the thirty days: the test may take a minute."""


@pytest.fixture
def edge(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, str]]:
    """Return the headers of a request through the distribution."""
    module = handlers.module("adapters.edge")
    monkeypatch.setattr(module, "HASHES", (b"before", hashlib.sha256(SECRET.encode()).digest()))
    return lambda address="203.0.113.7": {"x-edge-secret": SECRET, "x-edge-viewer": address}


def sign_in(handlers: Handlers, user: User, headers: dict[str, str]) -> Answer:
    return handlers.call("signin", {"email": user.address, "password": PASSWORD}, headers=headers)


def kept(answer: Answer, cookie: re.Pattern[str] = COOKIE) -> str:
    """Return the refresh token of the answer's cookie."""
    (token,) = [found.group(1) for found in map(cookie.fullmatch, answer.cookies) if found]
    return token


def refresh(handlers: Handlers, token: str, headers: dict[str, str], body: Any = None) -> Answer:
    return handlers.call("refresh", body or {}, headers=headers, cookies=[f"__Secure-refresh={token}"])


def test_the_token_is_in_the_cookie_and_not_in_the_body(handlers: Handlers) -> None:
    answer = sign_in(handlers, handlers.user(), WANTED)

    assert answer.status == 200
    assert set(answer.body) == {"access_token", "expires_in", "token_type"}
    again = refresh(handlers, kept(answer), OWN_PAGE)
    assert (again.status, "refresh_token" in again.body) == (200, False)
    assert kept(again, LATER) != kept(answer)


def test_without_the_header_everything_is_as_before(handlers: Handlers) -> None:
    answer = sign_in(handlers, handlers.user(), {})

    assert not [cookie for cookie in answer.cookies if "refresh" in cookie]
    token = answer.body["refresh_token"]
    assert refresh(handlers, token, {}).status == 400
    assert handlers.call("refresh", {"refresh_token": token}).status == 200


@pytest.mark.parametrize("site", [None, "cross-site", "same-site", "none"])
def test_another_site_does_not_use_the_cookie_and_spends_nothing(handlers: Handlers, site: str | None) -> None:
    token = kept(sign_in(handlers, handlers.user(), WANTED))

    refused = refresh(handlers, token, {**WANTED, **({"sec-fetch-site": site} if site else {})})

    assert (refused.status, refused.body["code"]) == (403, "forbidden")
    assert refresh(handlers, token, OWN_PAGE).status == 200


def test_without_the_cookie_nobody_is_signed_in(handlers: Handlers) -> None:
    answer = handlers.call("refresh", {}, headers=OWN_PAGE)

    assert (answer.status, answer.body["code"]) == (401, "invalid_grant")


def test_of_two_cookies_none_is_taken(handlers: Handlers) -> None:
    """A neighbouring host can set one for the whole domain, with a token of its own account."""
    tokens = [kept(sign_in(handlers, handlers.user(), WANTED)) for _ in range(2)]

    both = handlers.call("refresh", {}, headers=OWN_PAGE, cookies=[f"__Secure-refresh={one}" for one in tokens])

    assert both.status == 401
    assert [refresh(handlers, one, OWN_PAGE).status for one in tokens] == [200, 200]


def test_signing_out_removes_the_cookie(stack: LocalStack, handlers: Handlers) -> None:
    user, site = handlers.user(), str(stack.state.outputs["site_url"])
    with httpx.Client(base_url=f"{site}/api", headers=OWN_PAGE, timeout=60) as client:
        signed_in = client.post("/signin", json={"email": user.address, "password": PASSWORD})
        assert COOKIE.fullmatch(signed_in.headers.get_list("set-cookie")[0]), signed_in.text
        bearer = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
        signed_out = client.post("/signout", headers=bearer)

    (cleared,) = signed_out.headers.get_list("set-cookie")
    assert cleared.startswith("__Secure-refresh=; Max-Age=0; Path=/api/refresh;")


def test_the_viewers_address_is_the_distributions_word(handlers: Handlers, edge: Callable[..., dict[str, str]]) -> None:
    request = handlers.module("adapters.http").Request
    context = {"requestContext": {"http": {"sourceIp": "198.51.100.1"}}}
    forged = {"x-edge-viewer": "203.0.113.9", "x-forwarded-for": "203.0.113.8"}

    assert request({**context, "headers": edge()}).source == "203.0.113.7"
    assert request({**context, "headers": forged}).source == "198.51.100.1"
    assert request({**context, "headers": {**forged, "x-edge-secret": "guessed"}}).source == "198.51.100.1"


def test_at_the_site_a_forged_address_changes_no_counter(stack: LocalStack, handlers: Handlers) -> None:
    """The distribution's function writes over what a caller sends."""
    user, site = handlers.user(), str(stack.state.outputs["site_url"])
    credentials = {"email": user.address, "password": PASSWORD}
    for _ in range(2):
        forged = {"x-forwarded-for": "203.0.113.8", "x-edge-viewer": "203.0.113.9"}
        assert httpx.post(f"{site}/api/signin", json=credentials, headers=forged, timeout=60).status_code == 200

    sessions = handlers.module("signin").SERVICES.directory.sessions_of(user.id)
    assert {one.network for one in sessions} == {"127.0.0.0/24"}


def test_a_stack_with_a_domain_refuses_what_comes_past_it(
    handlers: Handlers, edge: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers.module("adapters.edge"), "IS_REQUIRED", True)
    user = {"email": new_address(), "password": PASSWORD}

    past = handlers.call("signin", user, headers={"x-edge-viewer": new_source()})

    assert (past.status, past.body["code"]) == (403, "forbidden")
    assert handlers.call("signin", user, headers=edge(new_source())).status == 401
