"""The site in a real browser: what people do, by keyboard too."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from handlers.core.accounts import new_place
from sallyport.client.stack import inbox
from sallyport.client.stack.local_stack import LocalStack
from tests.browser.chromium import CHROMIUM
from tests.browser.person import Site
from tests.support.handlers import PASSWORD, Handlers, User, new_address

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: apt-get install chromium")

NEW_PASSWORD = "seven lanterns drift over quiet water"


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
    site: Site, page: Page, user: User, handlers: Handlers, stack: LocalStack
) -> None:
    """The link of the notice; with a token that was made up nothing happens."""
    site.signed_in(user.address)
    services = handlers.module("notify_new_place").SERVICES
    (session,) = services.directory.sessions_of(user.id)
    new_place.notify(services, user.id, session.id)
    mail = inbox.newest_mail(stack.cloud.url, user.address)
    assert mail

    page.goto("/undo#" + "0" * 32 + "." + "a" * 43)
    page.get_by_role("button", name="Take it back").click()
    expect(site.alert()).to_have_text("The code is wrong, used up or expired.")
    assert services.directory.sessions_of(user.id)
    page.goto("about:blank")  # the browser would not load the page again for another fragment
    page.goto(re.search(r"http\S+/undo#\S+", mail.text).group())  # type: ignore[union-attr]
    page.get_by_role("button", name="Take it back").click()

    expect(page.get_by_role("status")).to_have_text("Done. Now reset your password.")
    assert page.evaluate("location.hash") == ""
    assert not services.directory.sessions_of(user.id)


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
