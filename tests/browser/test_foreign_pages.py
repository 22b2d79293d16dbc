"""A page of another host name, in a real browser, can do nothing to the embedded AWS."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from playwright.sync_api import Browser, Error, Page

from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.clients import REGION, Clients
from tests.browser.chromium import CHROMIUM, browser_page
from tests.support.handlers import new_address

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: apt-get install chromium")

EVIL = "evil.example"
ATTEMPT = """async ([url, method, mode, headers, body]) => {
  try {
    const answer = await fetch(url, {method, mode, headers, body, credentials: "include"});
    return [answer.type, answer.status, await answer.text()];
  } catch (error) { return ["error", 0, ""]; }
}"""
SUBMIT = """([url, method, body]) => {
  const form = document.createElement("form");
  Object.assign(form, {action: url, method, enctype: "text/plain"});
  const field = document.createElement("input");
  field.name = body;
  form.append(field);
  document.body.append(form);
  form.submit();
}"""
EMBED = """([url, tag]) => new Promise(done => {
  const element = document.createElement(tag);
  element.onload = () => done("loaded");
  element.onerror = () => done("error");
  element.src = url;
  document.body.append(element);
})"""
SOCKET = """url => new Promise(done => {
  const socket = new WebSocket(url);
  socket.onopen = () => done("open");
  socket.onerror = () => done("error");
})"""


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<!doctype html><title>evil</title><body><p>any page at all"
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def browser() -> Iterator[tuple[Browser, str]]:
    """A browser, and a page of another host name; that name also leads to this machine, as after DNS rebinding."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with browser_page(f"--host-resolver-rules=MAP {EVIL} 127.0.0.1") as page:
            assert page.context.browser
            yield page.context.browser, f"http://{EVIL}:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def evil(browser: tuple[Browser, str]) -> Iterator[Page]:
    """The page, in a context without state."""
    context = browser[0].new_context()
    page = context.new_page()
    page.goto(browser[1])
    yield page
    context.close()


@pytest.fixture
def untouched(stack: LocalStack, aws: Clients) -> Iterator[None]:
    """Check that everything that a page could want to change is unchanged."""
    before = _inventory(aws)
    yield
    assert _inventory(aws) == before


def _inventory(aws: Clients) -> dict[str, Any]:
    return {
        "functions": sorted(one["FunctionName"] for one in aws("lambda").list_functions()["Functions"]),
        "users": aws("iam").list_users()["Users"],
        "roles": len(aws("iam").list_roles()["Roles"]),
        "tables": aws("dynamodb").list_tables()["TableNames"],
        "buckets": aws("s3").list_buckets()["Buckets"],
    }


def presigned(stack: LocalStack, path: str, service: str, query: str, keys: tuple[str, str]) -> str:
    """Return a presigned address, which AWS accepts."""
    request = AWSRequest("POST", f"{stack.cloud.url}{path}?{query}", headers={"host": stack.cloud.url[7:]})
    SigV4QueryAuth(Credentials(*keys), service, REGION).add_auth(request)
    return str(request.url)


ATTACKS = [
    ("/loginx", "iam", "Action=CreateUser&UserName=eve&Version=2010-05-08"),
    ("/login", "iam", "Action=CreateUser&UserName=eve&Version=2010-05-08"),
    ("/oauth2/token", "iam", "Action=CreateUser&UserName=eve&Version=2010-05-08"),
    ("/logout", "iam", "Action=CreateUser&UserName=eve&Version=2010-05-08"),
    ("/_aws/execute-api/sallyport/me", "iam", "Action=CreateUser&UserName=eve&Version=2010-05-08"),
    ("/2015-03-31/functions", "lambda", ""),
    ("/oauth2/..%2F2015-03-31/functions", "lambda", ""),
]


@pytest.mark.parametrize(("path", "service", "query"), ATTACKS)
@pytest.mark.parametrize("is_known", [False, True])
def test_a_signed_form_does_nothing(
    stack: LocalStack, evil: Page, untouched: None, path: str, service: str, query: str, is_known: bool
) -> None:
    """Forms signed with publicly known keys fail, and even those with the stack's keys, which no page has."""
    own = stack.cloud.keys
    keys = (own.access_key_id, own.secret_access_key) if is_known else ("test", "test")
    url = presigned(stack, path, service, query, keys)

    with evil.expect_response(lambda answer: str(stack.cloud.port) in answer.url) as answered:
        evil.evaluate(SUBMIT, [url, "post", '{"FunctionName": "eve"}'])

    assert answered.value.status == 403


@pytest.mark.parametrize("mode", ["cors", "no-cors"])
@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/2015-03-31/functions", {}),
        ("GET", "/_ministack/ses/messages", {}),
        ("GET", "/_ministack/health", {}),
        ("POST", "/_ministack/reset", {}),
        ("POST", "/", {"X-Amz-Target": "DynamoDB_20120810.ListTables"}),
        ("POST", "/_aws/execute-api/sallyport/me", {"X-Amz-Target": "DynamoDB_20120810.ListTables"}),
        ("GET", "/_fakes/control/messages", {}),
        ("GET", "/?Action=ListUsers&Version=2010-05-08", {}),
    ],
)
def test_nothing_can_be_fetched(
    stack: LocalStack, evil: Page, untouched: None, mode: str, method: str, path: str, headers: dict[str, str]
) -> None:
    body = None if method == "GET" else "x"
    type_, status, text = evil.evaluate(ATTEMPT, [f"{stack.cloud.url}{path}", method, mode, headers, body])

    assert (status, text) == (0, ""), "nothing is readable"
    assert type_ in ("error", "opaque")


def test_rebinding_the_name_to_this_machine_opens_nothing(stack: LocalStack, evil: Page) -> None:
    """The page's own origin is then the embedded AWS itself: only the Host header tells."""
    own = f"http://{EVIL}:{stack.cloud.port}/_ministack/ses/messages"
    with evil.expect_response(own) as answered, contextlib.suppress(Error):  # an error's empty body is an error page
        evil.goto(own)

    assert answered.value.status == 403


def test_nothing_can_be_embedded_or_connected_to(stack: LocalStack, evil: Page) -> None:
    address = f"{stack.cloud.url}/_ministack/ses/messages"

    assert evil.evaluate(EMBED, [address, "script"]) == "error"
    assert evil.evaluate(EMBED, [address, "img"]) == "error"
    assert evil.evaluate(SOCKET, f"ws://127.0.0.1:{stack.cloud.port}/_aws/ws") == "error"


def test_the_api_is_called_by_its_cors_rules_alone(stack: LocalStack, evil: Page, outputs: dict[str, str]) -> None:
    """This stack names no origin, so no page reads an answer. What it may send, anybody may send to a public API."""
    address = new_address()
    body = f'{{"email": "{address}", "password": "x"}}'

    assert evil.evaluate(ATTEMPT, [f"{outputs['api_url']}/signin", "POST", "cors", {}, body]) == ["error", 0, ""]
    with_token = {"authorization": "Bearer x"}
    assert evil.evaluate(ATTEMPT, [f"{outputs['api_url']}/me", "GET", "cors", with_token, None]) == ["error", 0, ""]
