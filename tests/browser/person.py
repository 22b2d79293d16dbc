"""What a person does on the site."""

from typing import Any

import pyotp
from playwright.sync_api import Page, expect

from sallyport.client.stack import inbox
from sallyport.client.stack.local_stack import LocalStack
from tests.support.handlers import PASSWORD


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
