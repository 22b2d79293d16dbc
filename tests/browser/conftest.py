"""A browser for each file, and for each test a context without state."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from sallyport.client.stack.local_stack import LocalStack
from tests.browser.chromium import ARGUMENTS, CHROMIUM
from tests.browser.person import Site
from tests.support.handlers import Handlers, User

PATIENCE_MILLISECONDS = 30_000


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


@pytest.fixture
def site(page: Page, stack: LocalStack) -> Site:
    return Site(page, stack)
