"""Every page of the site in a real browser: what a foreign script could reach, accessibility, size."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from sallyport.client.stack.local_stack import LocalStack
from tests.browser.chromium import CHROMIUM
from tests.browser.person import Site
from tests.support.handlers import User

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: apt-get install chromium")

PAGES = ("", "signup", "forgot", "undo", "pool", "nowhere")
OWN_PAGES = ("account", "orders")
SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
INLINE = "script:not([src]), style, [style], [onclick], [onerror]"
REACHABLE = "[{...localStorage}, {...sessionStorage}, document.cookie, location.href, document.body.outerHTML]"
SHIFTS = """() => new Promise(done => {
  const sum = list => list.getEntries().reduce((total, one) => total + one.value, 0);
  new PerformanceObserver(list => done(sum(list))).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(0), 500);
})"""
HEADERS_BYTES = 700
"""Of an answer, at most; HTTP/2 compresses them."""
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"


def test_nothing_that_is_shown_back_is_markup_and_no_token_is_in_reach(
    site: Site, page: Page, context: BrowserContext, user: User
) -> None:
    violations: list[str] = []
    page.on("dialog", lambda dialog: violations.append(dialog.message))
    site.signed_in(user.address)
    page.get_by_label("Name").fill(MARKUP)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    page.reload()
    expect(page.get_by_label("Name")).to_have_value(MARKUP)
    page.goto("/orders")
    page.get_by_label("Restaurant").fill(MARKUP[:50])
    page.get_by_role("button", name="Order").click()
    expect(page.locator("#orders li, [role=alert]:not(:empty)").first).to_be_visible()

    assert violations == []
    assert page.evaluate(f"document.querySelectorAll({json.dumps(INLINE)}).length") == 0
    reachable = page.evaluate(f"JSON.stringify({REACHABLE})")
    tokens = [one["value"] for one in context.cookies() if one["name"] == "__Secure-refresh"]
    assert len(tokens) == 1
    assert "eyJ" not in reachable
    assert tokens[0] not in reachable


def test_a_script_in_a_page_is_blocked_and_reported(page: Page) -> None:
    page.goto("/")
    blocked = page.evaluate(
        """() => new Promise(done => {
          addEventListener("securitypolicyviolation", event => done(event.effectiveDirective));
          const script = document.createElement("script");
          script.append("window.ran = true");
          document.body.append(script);
        })"""
    )

    assert blocked in ("script-src-elem", "require-trusted-types-for")
    assert page.evaluate("window.ran") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(contexts: Any, stack: LocalStack, user: User, scheme: str, width: int) -> None:
    """And screenshots of each page are left in `build/screenshots`."""
    context = contexts(color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    SHOTS.mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        page.goto(f"/{name}")
        _inspect(page, f"{name or 'index'}-{scheme}-{width}")
    Site(page, stack).signed_in(user.address)
    for name in OWN_PAGES:
        page.goto(f"/{name}")
        expect(page.locator("ul.list li").first).to_be_visible()
        _inspect(page, f"{name}-{scheme}-{width}")
    context.close()


def _inspect(page: Page, name: str) -> None:
    expect(page.locator("h1")).to_be_visible()
    results = Axe().run(page)
    assert results.violations_count == 0, f"{name}: {results.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than its window"
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def test_the_first_page_is_small_stable_and_asks_nobody_else(page: Page, stack: LocalStack) -> None:
    sizes: list[int] = []
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(re.sub(r"(https?://[^/]+).*", r"\1", request.url)))
    page.on("response", lambda response: sizes.append(len(gzip.compress(response.body())) if response.ok else 0))
    page.goto("/")
    expect(page.get_by_role("button", name="Use a passkey")).to_be_visible()
    shift = page.evaluate(SHIFTS)

    assert asked == {stack.state.outputs["site_url"]}
    assert 0 < sum(sizes) + HEADERS_BYTES * len(sizes) < 30_000
    assert shift < 0.1


@pytest.mark.parametrize("path", ["favicon.ico", "robots.txt", "nowhere", "assets/style.css", "web/index.html"])
def test_a_file_that_does_not_exist_is_said_by_a_page(page: Page, path: str) -> None:
    """Not by S3, which names the bucket."""
    answer = page.goto(f"/{path}")

    assert answer
    assert (answer.status, "There is no such page" in answer.text()) == (404, True)
