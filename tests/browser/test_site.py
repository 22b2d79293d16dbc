"""The site in a real browser: every page and factor, by keyboard too, and what a foreign script could reach."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from sallyport.client.stack import inbox
from sallyport.client.stack.local_stack import LocalStack
from tests.browser.chromium import ARGUMENTS, CHROMIUM
from tests.support.handlers import PASSWORD, Handlers, User, new_address

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: apt-get install chromium")

PAGES = ("", "signup", "forgot", "undo", "pool", "nowhere")
OWN_PAGES = ("account", "orders")
SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
NEW_PASSWORD = "seven lanterns drift over quiet water"
PATIENCE_MILLISECONDS = 30_000
INLINE = "script:not([src]), style, [style], [onclick], [onerror]"
REACHABLE = "[{...localStorage}, {...sessionStorage}, document.cookie, location.href, document.body.outerHTML]"
SHIFTS = """() => new Promise(done => {
  const sum = list => list.getEntries().reduce((total, one) => total + one.value, 0);
  new PerformanceObserver(list => done(sum(list))).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(0), 500);
})"""
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@pytest.fixture(scope="module")
def contexts(stack: LocalStack) -> Iterator[Any]:
    """A function that returns a new context, without state, of one browser."""
    base_url = str(stack.state.outputs["site_url"])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield lambda **how: browser.new_context(base_url=base_url, **{"locale": "en-US", **how})
        browser.close()


@pytest.fixture
def context(contexts: Any) -> Iterator[BrowserContext]:
    made = contexts()
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MILLISECONDS)
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    return opened


@pytest.fixture
def user(handlers: Handlers) -> User:
    return handlers.user()


class Site:
    """What a person does on the site."""

    def __init__(self, page: Page, stack: LocalStack) -> None:
        self.page = page
        self._stack = stack

    def sign_in(self, address: str, password: str = PASSWORD) -> None:
        self.page.goto("/")
        self.page.get_by_label("Mail address").fill(address)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def signed_in(self, address: str) -> "Site":
        self.sign_in(address)
        self.page.wait_for_url("**/account")
        expect(self.page.locator("#session-list li").first).to_be_visible()
        return self

    def sign_out(self) -> None:
        self.page.get_by_role("button", name="Sign out").click()
        expect(self.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()

    def code(self, address: str) -> str:
        code = inbox.newest_code(self._stack.cloud.url, address)
        assert code
        return code

    def enter(self, code: str, place: str) -> None:
        self.page.locator(f"{place} input[name=code]:visible").fill(code)
        self.page.locator(place).get_by_role("button", name="Continue").click()

    def step_up(self, address: str) -> None:
        """Show again that it is the user, by the mailed code."""
        expect(self.page.locator("#dialog input")).to_be_visible()
        self.enter(self.code(address), "#dialog")
        expect(self.page.locator("#dialog")).not_to_be_visible()

    def alert(self) -> Any:
        return self.page.locator("[role=alert]:not(:empty)").first

    def add_totp(self, address: str) -> str:
        self.page.get_by_role("button", name="Add Authenticator app").click()
        self.step_up(address)
        secret = self.page.locator("#secret").inner_text()
        self.enter(pyotp.TOTP(secret).now(), "#adding")
        expect(self.page.locator("#factor-list")).to_contain_text("Authenticator app")
        return secret


@pytest.fixture
def site(page: Page, stack: LocalStack) -> Site:
    return Site(page, stack)


def test_somebody_signs_up_orders_and_signs_out(site: Site, page: Page, context: BrowserContext) -> None:
    address = new_address()
    page.goto("/signup")
    page.get_by_label("Mail address").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.locator("#confirm")).to_be_visible()
    site.enter("00000000", "#confirm")
    expect(site.alert()).to_have_text("The code is wrong, used up or expired.")
    site.enter(site.code(address), "#confirm")
    expect(page.get_by_role("status")).to_have_text("Your account is ready. Sign in now.")

    site.sign_in(address, "wrong wrong wrong wrong")
    expect(site.alert()).to_have_text("The address or the password is wrong.")
    site.signed_in(address)
    page.get_by_role("link", name="Orders").click()
    page.get_by_role("button", name="Order").dblclick()
    expect(page.locator("#orders")).to_contain_text("2 × trattoria")

    site.sign_out()
    assert [one["name"] for one in context.cookies()] == ["__Host-device"]
    page.go_back()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_a_mailed_code_signs_in(site: Site, page: Page, user: User) -> None:
    page.goto("/")
    page.get_by_label("Mail address").fill(user.address)
    page.get_by_role("button", name="Mail me a code instead").click()
    expect(page.locator("#mail-form")).to_be_visible()
    site.enter(site.code(user.address), "#mail-form")

    page.wait_for_url("**/account")


def test_an_app_is_added_asked_for_and_removed_and_a_recovery_code_lets_in(site: Site, page: Page, user: User) -> None:
    site.signed_in(user.address)
    secret = site.add_totp(user.address)
    page.get_by_role("button", name="Make ten new ones").click()
    site.enter(pyotp.TOTP(secret).at(time.time() + 30), "#dialog")
    expect(page.locator("#recovery-codes .code")).to_have_count(10)
    codes = page.locator("#recovery-codes .code").all_inner_texts()
    site.sign_out()

    site.sign_in(user.address)
    page.get_by_role("button", name="Recovery code").click()
    site.enter(codes[0], "#factor")
    page.wait_for_url("**/account")
    expect(page.locator("#recovery-left")).to_contain_text("9 left")
    page.locator("#factor-list").get_by_role("button", name="Remove").click()
    expect(page.locator("#factor-list")).to_contain_text("None yet")


def test_a_factor_that_the_service_asks_for_is_added_before_the_first_session(
    site: Site, page: Page, user: User, handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `secondFactor: required` has it: here the sign-in of this process answers, and the deployed API the rest."""
    monkeypatch.setitem(handlers.module("signin").SERVICES.__dict__, "requires_mfa", True)
    answer = handlers.call("signin", {"email": user.address, "password": PASSWORD})
    assert answer.body["enrol_required"]
    page.route("**/api/signin", lambda route: route.fulfill(status=answer.status, json=answer.body))
    site.sign_in(user.address)
    expect(page.get_by_role("status")).to_contain_text("asks for a second factor")
    page.get_by_role("button", name="Add Authenticator app").click()
    site.step_up(user.address)
    secret = page.locator("#secret").inner_text()
    site.enter(pyotp.TOTP(secret).now(), "#factor")
    expect(page.get_by_role("status")).to_have_text("Added.")

    page.unroute("**/api/signin")
    site.sign_in(user.address)
    site.enter(pyotp.TOTP(secret).at(time.time() + 30), "#factor")
    page.wait_for_url("**/account")


def test_a_passkey_is_added_and_signs_in_alone(site: Site, page: Page, context: BrowserContext, user: User) -> None:
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    how = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    more = {"isUserVerified": True, "automaticPresenceSimulation": True}
    site.signed_in(user.address)
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {**how, **more}})
    page.get_by_role("button", name="Add Passkey").click()
    site.step_up(user.address)
    expect(page.locator("#factor-list")).to_contain_text("Passkey")
    site.page.get_by_role("button", name="Sign out").click()

    page.wait_for_url(re.compile(r"/(account)?$"))  # the browser may offer the passkey by itself
    if not page.url.endswith("/account"):
        page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/account")


def test_a_phone_is_added_by_a_text(site: Site, page: Page, user: User, phone: str, providers: Any) -> None:
    site.signed_in(user.address)
    page.get_by_role("button", name="Add Text message or call").click()
    page.locator("#adding input").fill(phone)
    page.locator("#adding").get_by_role("button").click()
    site.step_up(user.address)
    expect(page.locator("#adding input[name=code]")).to_be_visible()
    site.enter(providers.code(phone), "#adding")

    expect(page.locator("#factor-list")).to_contain_text("Text message or call")


def test_a_forgotten_password_is_reset(site: Site, page: Page, user: User) -> None:
    page.goto("/forgot")
    page.get_by_label("Mail address").fill(user.address)
    page.get_by_role("button", name="Mail me a code").click()
    expect(page.locator("#reset")).to_be_visible()
    page.locator("#reset input[name=code]").fill(site.code(user.address))
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("status")).to_contain_text("Your password is set")

    site.sign_in(user.address, NEW_PASSWORD)
    page.wait_for_url("**/account")


def test_the_account_is_changed_exported_and_deleted(site: Site, page: Page, user: User) -> None:
    new = new_address()
    site.signed_in(user.address)
    page.get_by_label("New address").fill(new)
    page.get_by_role("button", name="Mail a code to it").click()
    expect(page.locator("#address-confirm")).to_be_visible()
    site.enter(site.code(new), "#address-confirm")
    expect(page.locator("#address-now")).to_have_text(f"Now: {new}")

    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("status")).to_contain_text("Your password is changed")

    with page.expect_download() as download:
        page.get_by_role("button", name="Download everything").click()
    assert json.loads(download.value.path().read_text())["user"]["email"] == new

    page.get_by_role("button", name="Delete the account").click()
    page.locator("#dialog").get_by_role("button", name="Yes").click()
    if page.locator("#dialog input").is_visible():
        site.step_up(new)
    expect(page.locator("#dialog")).to_contain_text("Your account will be deleted")
    page.locator("#dialog").get_by_role("button", name="Continue").click()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_a_mailed_link_ends_the_session_that_it_tells_of(
    site: Site, page: Page, user: User, handlers: Handlers
) -> None:
    user.sign_in()
    site.signed_in(user.address)
    page.goto("/undo#" + "0" * 32 + "." + "a" * 43)
    assert "#" not in page.url or page.evaluate("location.hash") == ""
    page.get_by_role("button", name="Take it back").click()

    expect(site.alert()).to_have_text("The code is wrong, used up or expired.")


def test_the_user_pool_signs_in_with_code_and_pkce(page: Page, stack: LocalStack) -> None:
    outputs = stack.state.outputs
    page.goto("/")
    page.get_by_role("button", name="Sign in at the user pool").click()
    page.get_by_label("Username").fill(str(outputs["test_user_name"]))
    page.get_by_label("Password").fill(str(outputs["test_user_password"]))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/pool")

    expect(page.get_by_role("status")).to_contain_text("The API answers:")
    assert page.evaluate("location.search + JSON.stringify({...sessionStorage})") == "{}"


def test_two_tabs_share_a_session_that_ends_in_both(
    site: Site, page: Page, context: BrowserContext, user: User
) -> None:
    site.signed_in(user.address)
    second = context.new_page()
    for _ in range(3):  # each load trades the refresh token
        for tab in (page, second):
            tab.goto("/account", wait_until="commit")
    for tab in (page, second):
        expect(tab.locator("#session-list li")).to_have_count(1)

    page.get_by_role("button", name="Sign out").click()
    expect(second.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_a_session_that_was_ended_elsewhere_leads_back(site: Site, page: Page, user: User, handlers: Handlers) -> None:
    site.signed_in(user.address)
    handlers.module("signout").SERVICES.directory.end_all_sessions(user.id)

    page.reload()

    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "The service cannot be reached. Are you online?"),
        (
            (429, {"message": "Too many", "code": "too_many_requests"}),
            "This was tried too often. Try again in 7 seconds.",
        ),
        ((503, {"message": "Service Unavailable"}), "This is too much at once. Try again in 7 seconds."),
    ],
)
def test_an_outage_is_said(page: Page, site: Site, answer: tuple[int, Any] | None, said: str) -> None:
    def fail(route: Any) -> None:
        if answer is None:
            route.abort()
        else:
            headers = {"content-type": "application/json", "retry-after": "7"}
            route.fulfill(status=answer[0], headers=headers, body=json.dumps(answer[1]))

    page.route("**/api/signin", fail)
    site.sign_in("ada@example.com")

    expect(site.alert()).to_have_text(said)


def test_a_browser_that_keeps_no_cookies_is_told(page: Page, context: BrowserContext, site: Site, user: User) -> None:
    site.signed_in(user.address)
    context.clear_cookies()
    page.reload()

    expect(page.get_by_role("status")).to_contain_text("your browser keeps no cookies")


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


def test_a_person_signs_in_by_keyboard_alone(page: Page, user: User) -> None:
    page.goto("/")
    expect(page.get_by_role("button", name="Use a passkey")).to_be_visible()
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.type(user.address)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    page.wait_for_url("**/account")


def test_texts_are_those_of_the_browsers_language(contexts: Any) -> None:
    context = contexts(locale="de-DE")
    page = context.new_page()
    page.goto("/")

    expect(page.get_by_role("button", name="Anmelden", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "de"
    context.close()


def test_the_first_page_is_small_stable_and_asks_nobody_else(page: Page, stack: LocalStack) -> None:
    sizes: list[int] = []
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(re.sub(r"(https?://[^/]+).*", r"\1", request.url)))
    page.on("response", lambda response: sizes.append(len(response.body()) if response.ok else 0))
    page.goto("/")
    expect(page.get_by_role("button", name="Use a passkey")).to_be_visible()
    shift = page.evaluate(SHIFTS)

    assert asked == {stack.state.outputs["site_url"]}
    assert sum(sizes) < 60_000, "before compression"
    assert shift < 0.1
