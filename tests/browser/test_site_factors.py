"""Second factors on the site, in a real browser."""

import re
import time
from typing import Any

import pyotp
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chromium import CHROMIUM
from tests.browser.person import Site
from tests.support.handlers import PASSWORD, Handlers, User

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: apt-get install chromium")


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


def test_a_push_is_answered_on_the_phone(site: Site, page: Page, user: User, phone: str, providers: Any) -> None:
    """Denied, then approved; the page waits by itself."""
    site.signed_in(user.address)
    page.get_by_role("button", name="Add Authy").click()
    page.locator("#adding input[name=ccode]").fill("55")
    page.locator("#adding input[name=phone]").fill(phone[3:])
    page.locator("#adding").get_by_role("button").click()
    site.step_up(user.address)
    expect(page.locator("#adding input[name=code]")).to_be_visible()
    site.enter(providers.code(phone), "#adding")
    expect(page.locator("#factor-list")).to_contain_text("Authy")
    site.sign_out()

    for answer in ("denied", "approved"):
        site.sign_in(user.address)
        with page.expect_response("**/api/signin/factor"):
            page.get_by_role("button", name="Ask the app").click()
        providers.answer_push(phone, answer)
        if answer == "denied":
            expect(site.alert()).not_to_be_empty()
    page.wait_for_url("**/account")
