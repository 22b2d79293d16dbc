"""The page of `examples/other_origin`, at an origin that `corsOrigins` names, and at one that it does not."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.tools import ROOT
from tests.browser.chromium import CHROMIUM, browser_page
from tests.support.handlers import PASSWORD, Handlers, User

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: apt-get install chromium")


API = "https://sign-in.example.com/api"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def origin(stack: LocalStack, tmp_path: Path) -> Iterator[str]:
    page = (ROOT / "examples/other_origin/index.html").read_text()
    assert page.count(API) == 1
    (tmp_path / "index.html").write_text(page.replace(API, str(stack.state.outputs["api_url"])))
    (tmp_path / "sallyport.js").write_text((ROOT / "web/sallyport.js").read_text())
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.fixture
def allowed(stack: LocalStack, origin: str) -> Iterator[None]:
    """The stack as `corsOrigins` would deploy it, for the length of a test."""
    gateway = stack.aws("apigatewayv2")
    api = next(one.id for one in stack.state.entries.values() if one.name == "auth-api")
    headers = ["authorization", "content-type", "idempotency-key", "prefer"]
    methods = ["DELETE", "GET", "PATCH", "POST", "PUT"]
    cors = {"AllowOrigins": [origin], "AllowMethods": methods, "AllowHeaders": headers}
    gateway.update_api(ApiId=api, CorsConfiguration=cors)
    yield
    gateway.delete_cors_configuration(ApiId=api)


def sign_in(page: Page, origin: str, user: User) -> None:
    page.goto(origin)
    page.get_by_label("Mail address").fill(user.address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.usefixtures("allowed")
def test_a_page_of_an_allowed_origin_signs_in(handlers: Handlers, origin: str) -> None:
    user = handlers.user()
    with browser_page() as page:
        sign_in(page, origin, user)

        expect(page.get_by_role("status")).to_have_text(f"Hello, {user.address}!", timeout=60_000)
        assert page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])") == "[{},{}]"


def test_a_page_of_any_other_origin_does_not(handlers: Handlers, origin: str) -> None:
    with browser_page() as page:
        sign_in(page, origin, handlers.user())

        expect(page.get_by_role("status")).to_have_text("The service does not answer.", timeout=60_000)
