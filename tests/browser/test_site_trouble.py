"""The unhappy ways of the site: codes, tabs, sessions and services that end, in a real browser."""

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from contract import table
from handlers.core.mfa import challenges
from tests.browser.chromium import CHROMIUM
from tests.browser.person import Site
from tests.support.handlers import PASSWORD, Handlers, User

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: apt-get install chromium")


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


def test_a_double_click_signs_in_once(site: Site, page: Page, user: User) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/api/signin") else None)
    page.goto("/")
    page.get_by_label("Mail address").fill(user.address)
    page.get_by_label("Password").fill(PASSWORD)

    page.get_by_role("button", name="Sign in", exact=True).dblclick()

    page.wait_for_url("**/account")
    assert len(asked) == 1


def test_the_back_button_keeps_a_session_and_brings_none_back(site: Site, page: Page, user: User) -> None:
    site.signed_in(user.address)
    page.goto("/orders")
    page.go_back()
    expect(page.locator("#session-list li")).to_have_count(1)

    site.sign_out()
    page.go_back()

    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.locator("body")).not_to_contain_text(user.address)


def test_a_code_that_has_expired_is_refused_and_another_one_helps(
    site: Site, page: Page, user: User, handlers: Handlers
) -> None:
    page.goto("/")
    page.get_by_label("Mail address").fill(user.address)
    with page.expect_response("**/api/signin/code") as begun:
        page.get_by_role("button", name="Mail me a code instead").click()
    hash_ = challenges.hash_id(begun.value.json()["challenge_id"])
    handlers.module("store.table").Table(handlers.environment["TABLE_NAME"]).update(
        {
            "Key": {"pk": f"{table.CHALLENGE}{hash_}", "sk": "gates"},
            "ConditionExpression": "attribute_exists(pk)",
            "UpdateExpression": "SET expires_at = :past",
            "ExpressionAttributeValues": {":past": 1},
        }
    )

    site.enter(site.code(user.address), "#mail-form")
    expect(site.alert()).to_have_text("The code is wrong, used up or expired.")
    page.reload()
    page.get_by_label("Mail address").fill(user.address)
    page.get_by_role("button", name="Mail me a code instead").click()
    expect(page.locator("#mail-form input[name=code]")).to_be_visible()
    site.enter(site.code(user.address), "#mail-form")

    page.wait_for_url("**/account")
