"""The life of an account from outside: profile, password, address, sessions, export, deletion."""

import re
import secrets
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sallyport.client.checks import smoke
from sallyport.client.stack import inbox, target

PATIENCE_SECONDS = 30


class Owner:
    """A user with a session, who calls the account's routes."""

    def __init__(self, api: httpx.Client, visitor: smoke.Visitor) -> None:
        self.api = api
        self.visitor = visitor
        self.tokens: dict[str, Any] = {}
        self.sign_in()

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        header = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        return self.api.request(method, path, json=body, headers=header)

    def sign_in(self, **headers: str) -> httpx.Response:
        answer = self.api.post("/signin", json=self.visitor.credentials, headers=headers)
        if answer.status_code == 200:
            self.tokens = answer.json()
        return answer

    def refresh(self) -> int:
        return self.api.post("/refresh", json={"refresh_token": self.tokens["refresh_token"]}).status_code


@pytest.fixture
def owner(api: httpx.Client, newcomer: smoke.Visitor) -> Owner:
    smoke.check_until(newcomer, smoke.SIGNED_IN)
    return Owner(api, newcomer)


def mail(owner: Owner, subject: str) -> str:
    """Return the text of a mail that follows by an event; only of a stack on this machine."""
    if not target.is_local(owner.visitor.outputs):
        pytest.skip("the mail of this stack is real")
    url, deadline = target.cloud_url(owner.visitor.outputs), time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for message in reversed(inbox.messages(url)):
            if (message.to, message.subject) == (owner.visitor.email, subject):
                return message.text
        time.sleep(0.2)
    raise AssertionError(f"no mail: {subject}")


def token_in(text: str) -> str:
    found = re.search(r"/undo#([0-9a-f]{32}\.\S{43})", text)
    assert found
    return found.group(1)


def until(act: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not act() and time.monotonic() < deadline:
        time.sleep(0.2)
    return act()


def test_a_profile_is_shown_and_changed(owner: Owner) -> None:
    changed = owner.call("PATCH", "/me", {"name": "Ada Lovelace", "locale": "en-GB"})
    removed = owner.call("PATCH", "/me", {"locale": None})

    assert (changed.json()["name"], changed.json()["locale"]) == ("Ada Lovelace", "en-GB")
    assert "locale" not in removed.json()
    shown = owner.call("GET", "/me").json()
    assert {**shown, "message": removed.json()["message"]} == removed.json()
    assert owner.call("PATCH", "/me", {"email": "other@example.com"}).status_code == 400


def test_a_new_password_ends_other_sessions(owner: Owner) -> None:
    other = owner.sign_in().json()["refresh_token"]
    owner.sign_in()
    new = f"live {secrets.token_urlsafe(24)}"
    wrong = owner.call("PUT", "/me/password", {"password": new, "current_password": "not it at all"})

    right = owner.call("PUT", "/me/password", {"password": new, "current_password": owner.visitor.password})

    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_credentials")
    assert right.status_code == 204
    assert owner.refresh() == 200
    assert owner.api.post("/refresh", json={"refresh_token": other}).status_code == 401
    assert owner.sign_in().status_code == 401
    owner.visitor.password = new
    assert owner.sign_in().status_code == 200


def test_a_password_alone_is_no_fresh_proof_of_its_own(owner: Owner) -> None:
    answer = owner.call("PUT", "/me/password", {"password": f"live {secrets.token_urlsafe(24)}"})

    assert (answer.status_code, answer.json()["code"]) == (401, "step_up_required")


def test_sessions_are_listed_and_ended(owner: Owner) -> None:
    other = owner.sign_in(**{"user-agent": "Mozilla/5.0 (iPhone) Version/18.0 Safari/605.1"}).json()
    owner.sign_in()

    listed = owner.call("GET", "/me/sessions").json()["sessions"]
    ended = next(one for one in listed if one["device"] == "Safari on iPhone")
    assert owner.call("DELETE", f"/me/sessions/{ended['id']}").status_code == 204

    assert [one["current"] for one in listed].count(True) == 1
    assert owner.api.post("/refresh", json={"refresh_token": other["refresh_token"]}).status_code == 401
    assert owner.call("DELETE", "/me/sessions?others=true").status_code == 204
    assert len(owner.call("GET", "/me/sessions").json()["sessions"]) == 1
    assert owner.refresh() == 200


def test_the_address_is_changed_and_the_change_taken_back(owner: Owner, outputs: dict[str, str]) -> None:
    old = owner.visitor.email
    new = old.replace("@", f"{secrets.token_hex(3)}@")
    begun = owner.call("PUT", "/me/email", {"email": new})
    assert begun.status_code == 202
    owner.visitor.email = new
    proof = {"challenge_id": begun.json()["challenge_id"], "code": smoke.mailed_code(owner.visitor)}

    assert owner.call("POST", "/me/email/confirm", proof).status_code == 204
    assert owner.call("POST", "/me/email/confirm", proof).status_code == 400
    assert owner.sign_in().status_code == 200
    assert "can take the change back" in mail(owner, "Your address was changed")
    owner.visitor.email = old
    assert owner.sign_in().status_code == 401

    token = token_in(mail(owner, "Your address was changed"))
    for _ in range(2):
        assert owner.api.post("/undo", json={"token": token}).status_code == 204
    assert owner.refresh() == 401
    assert owner.sign_in().status_code == 200
    owner.visitor.email = new
    assert owner.sign_in().status_code == 401


def test_the_page_of_mailed_links_runs_no_script_but_its_own(api: httpx.Client) -> None:
    page = api.get("/undo")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'; script-src 'sha256-" in page.headers["content-security-policy"]
    assert api.post("/undo", json={"token": f"{'0' * 32}.{'x' * 43}"}).json()["code"] == "invalid_code"


def test_everything_stored_is_exported(owner: Owner) -> None:
    assert owner.call("POST", "/orders", {"restaurant_id": "export", "quantity": 3}).status_code == 201

    export = owner.call("GET", "/me/export").json()

    assert export["format"] == "sallyport.export.v1"
    assert export["user"]["email"] == owner.visitor.email
    assert [one["current"] for one in export["sessions"]].count(True) == 1
    assert [order["restaurant_id"] for order in export["applications"]["orders"]] == ["export"]


def test_a_sign_in_takes_a_deletion_back(owner: Owner) -> None:
    requested = owner.call("DELETE", "/me")

    assert requested.status_code == 202
    assert requested.json()["sign_in_cancels"] is True
    assert owner.refresh() == 401
    assert owner.sign_in().status_code == 200
    assert owner.call("GET", "/me").status_code == 200


def test_a_sign_in_from_a_new_place_is_told_and_can_be_ended(owner: Owner) -> None:
    """A program without cookies is a new device each time; its network is known, so nobody is told."""
    listed = owner.call("GET", "/me/sessions").json()["sessions"]

    assert all(one["network"] for one in listed)
    assert until(lambda: owner.call("GET", "/me/sessions").status_code == 200)
