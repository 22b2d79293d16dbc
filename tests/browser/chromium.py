"""Debian's Chromium, driven by Playwright; and, as a program, the browser that signs the test user in.

BROWSER="python -m tests.browser.chromium USERNAME %s" makes `sallyport login` sign in by itself, with the password
from SALLYPORT_TEST_PASSWORD.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
PASSWORD_VARIABLE = "SALLYPORT_TEST_PASSWORD"


@contextmanager
def browser_page(*arguments: str) -> Iterator[Page]:
    """Yield a new page of a new browser, without state."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *arguments])
        try:
            yield browser.new_page()
        finally:
            browser.close()


def sign_in(page: Page, url: str, username: str, password: str) -> None:
    """Fill in the pool's page and follow it back."""
    page.goto(url)
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


if __name__ == "__main__":
    with browser_page() as opened:
        sign_in(opened, sys.argv[2], sys.argv[1], os.environ[PASSWORD_VARIABLE])
        opened.get_by_text("You can close this window").wait_for()
