"""Answers that a page of an allowed origin can read, in a real browser, also those of API Gateway itself."""

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import httpx
import pytest
from playwright.sync_api import Page

from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.clients import REGION, Clients
from tests.browser.chromium import CHROMIUM, browser_page
from tests.browser.test_foreign_pages import _Page

FETCH = """async ([url, token]) => {
  const headers = token ? {authorization: `Bearer ${token}`} : {};
  try {
    const answer = await fetch(url, {headers});
    return [answer.status, await answer.text()];
  } catch (error) { return ["unreadable", ""]; }
}"""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """The origin of an application in the browser."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def api(stack: LocalStack, aws: Clients, origin: str) -> Iterator[str]:
    """Another HTTP API behind the stack's authorizer, open to that origin."""
    gateway = aws("apigatewayv2")
    cors = {"AllowOrigins": [origin], "AllowMethods": ["GET"], "AllowHeaders": ["authorization"]}
    id_ = gateway.create_api(Name="cors", ProtocolType="HTTP", CorsConfiguration=cors)["ApiId"]
    function = stack.state.outputs["gate_arn"]
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations"
    authorizer = gateway.create_authorizer(
        ApiId=id_,
        Name="authorizer",
        AuthorizerType="REQUEST",
        AuthorizerUri=uri,
        AuthorizerPayloadFormatVersion="2.0",
        EnableSimpleResponses=True,
        IdentitySource=["$request.header.Authorization", "$context.routeKey"],
    )["AuthorizerId"]
    hello = next(entry for entry in stack.functions().values() if entry.name == "hello-function")
    target = gateway.create_integration(
        ApiId=id_, IntegrationType="AWS_PROXY", IntegrationUri=hello.outputs["arn"], PayloadFormatVersion="2.0"
    )["IntegrationId"]
    gateway.create_route(
        ApiId=id_,
        RouteKey="GET /guarded",
        Target=f"integrations/{target}",
        AuthorizationType="CUSTOM",
        AuthorizerId=authorizer,
    )
    gateway.create_route(ApiId=id_, RouteKey="GET /open", Target=f"integrations/{target}")
    gateway.create_stage(ApiId=id_, StageName="$default", AutoDeploy=True)
    yield f"{stack.cloud.url}/_aws/execute-api/{id_}"
    gateway.delete_api(ApiId=id_)


ANSWERS = [("guarded", "", 401), ("guarded", "bad", 403), ("nowhere", "", 404), ("open", "", 200)]


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: apt-get install chromium")
def test_a_page_can_read_what_the_gateway_refuses(api: str, origin: str) -> None:
    """The page must tell an expired token from a broken network, and refresh."""
    with browser_page() as page:
        page.goto(origin)
        found = [(path, token, _status(page, f"{api}/{path}", token)) for path, token, _ in ANSWERS]

    assert found == ANSWERS


def _status(page: Page, url: str, token: str) -> object:
    return page.evaluate(FETCH, [url, token])[0]


@pytest.mark.parametrize(("path", "token", "status"), ANSWERS)
def test_only_the_allowed_origin_is_named(api: str, origin: str, path: str, token: str, status: int) -> None:
    def allowed(asking: str) -> tuple[int, str | None]:
        headers = {"origin": asking, **({"authorization": f"Bearer {token}"} if token else {})}
        answer = httpx.get(f"{api}/{path}", headers=headers, timeout=60)
        return answer.status_code, answer.headers.get("access-control-allow-origin")

    assert allowed(origin) == (status, origin)
    assert allowed("https://evil.example") == (status, None)
