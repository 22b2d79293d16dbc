"""Chromium with a virtual authenticator (https://w3c.github.io/webauthn/#sctn-automation), on a page of the stack."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import CDPSession, Page

from tests.browser.chromium import browser_page

CREATE = """async options => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return JSON.stringify((await navigator.credentials.create({publicKey})).toJSON());
}"""
GET = """async options => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return JSON.stringify((await navigator.credentials.get({publicKey})).toJSON());
}"""
CALL = """async ([url, body, token]) => {
  const headers = {"content-type": "application/json", ...(token ? {authorization: `Bearer ${token}`} : {})};
  const answer = await fetch(url, {method: "POST", headers, body: JSON.stringify(body)});
  return [answer.status, await answer.text()];
}"""
NOBODY_THERE = "/_ministack/health"


class Device:
    """A browser whose virtual authenticator makes passkeys, and can misbehave."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._cdp: CDPSession = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable")
        self._id = self._add(transport="internal", hasResidentKey=True, hasUserVerification=True, isUserVerified=True)

    def _add(self, **how: Any) -> str:
        options = {"protocol": "ctap2", "automaticPresenceSimulation": True, **how}
        added = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        id_: str = added["authenticatorId"]
        return id_

    def go(self, url: str) -> None:
        """Go to a page of this origin."""
        self.page.goto(url)

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Call `navigator.credentials.create`."""
        made: dict[str, Any] = json.loads(self.page.evaluate(CREATE, options))
        return made

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """Call `navigator.credentials.get`."""
        made: dict[str, Any] = json.loads(self.page.evaluate(GET, options))
        return made

    def call(self, url: str, body: dict[str, Any], token: str | None = None) -> tuple[int, dict[str, Any]]:
        """Send a POST from the page."""
        status, text = self.page.evaluate(CALL, [url, body, token])
        return status, json.loads(text) if text else {}

    def verify_nobody(self) -> None:
        """Let the authenticator verify no user from now on."""
        self._cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": False})

    def become_a_plain_key(self) -> None:
        """Let the authenticator be a plain security key: touch, and nothing else."""
        self._cdp.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self._id})
        self._id = self._add(transport="usb", hasResidentKey=False, hasUserVerification=False)

    def set_counter(self, count: int) -> None:
        """Set the signature counter, as of a clone that was made then."""
        (known,) = self._cdp.send("WebAuthn.getCredentials", {"authenticatorId": self._id})["credentials"]
        self._cdp.send(
            "WebAuthn.removeCredential", {"authenticatorId": self._id, "credentialId": known["credentialId"]}
        )
        cloned = {**known, "signCount": count}
        self._cdp.send("WebAuthn.addCredential", {"authenticatorId": self._id, "credential": cloned})


@contextmanager
def device(url: str) -> Iterator[Device]:
    """Yield a device that is on a page of this address."""
    with browser_page() as page:
        opened = Device(page)
        opened.go(url)
        yield opened
