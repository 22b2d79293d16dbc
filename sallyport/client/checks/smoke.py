"""The promises of a stack, checked from outside: one line each; the first broken one ends the check."""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

import httpx

from sallyport.client.checks import account_checks, site_checks
from sallyport.client.checks.expectations import BrokenPromise, expect, same
from sallyport.client.stack import inbox, target

TIMEOUT_SECONDS = 30
MAIL_SECONDS = 10
WORKER_SECONDS = 30
APP_STEP_SECONDS = 30
ORDER = {"restaurant_id": "smoke", "quantity": 1}
FIRST_MAIL = "sign-up mails a code"
SIGNED_IN = "the right one starts a session"
STEPPED_UP = "a first factor is added with a mailed code alone"

Check = tuple[str, Callable[[], None]]


@dataclass
class Visitor:
    """A new user who signs up at this stack, with the codes and tokens received so far."""

    outputs: dict[str, str]
    ask_code: Callable[[str], str]
    """A function that asks a person for the code that was mailed to an address."""
    email: str
    password: str = field(default_factory=lambda: f"smoke {secrets.token_urlsafe(24)}")
    challenge_id: str = ""
    access_token: str = ""
    refresh_token: str = ""
    app_secret: str = ""
    codes: list[str] = field(default_factory=list)

    @property
    def client(self) -> httpx.Client:
        """An HTTP client of the stack's API."""
        return httpx.Client(
            base_url=self.outputs["api_url"], timeout=TIMEOUT_SECONDS, trust_env=not target.is_local(self.outputs)
        )

    @property
    def bearer(self) -> dict[str, str]:
        """The header with the visitor's access token."""
        return {"Authorization": f"Bearer {self.access_token}"}

    @property
    def session(self) -> httpx.Client:
        """An HTTP client that sends the visitor's access token."""
        client = self.client
        client.headers.update(self.bearer)
        return client

    @property
    def credentials(self) -> dict[str, str]:
        """The body of a sign-in request."""
        return {"email": self.email, "password": self.password}


def check_until(visitor: Visitor, last: str) -> None:
    """Check the promises up to this one. Raises `BrokenPromise`, and `LookupError` if there is no such promise."""
    for promise, check in checks(visitor):
        check()
        if promise == last:
            return
    raise LookupError(last)


def checks(visitor: Visitor) -> Iterator[Check]:
    """Yield the promises in their order; each depends on those before it."""
    yield "the issuer says where its keys are, and they are there", lambda: _discovery(visitor)
    yield "the site's pages come with a strict policy", lambda: _site(visitor, site_checks.pages)
    yield "the site has the API, and the issuer's metadata", lambda: _site(visitor, site_checks.origin)
    yield "a guarded route refuses strangers", lambda: _stranger(visitor)
    yield "a password that is easily guessed is refused", lambda: _weak_password(visitor)
    yield FIRST_MAIL, lambda: _sign_up(visitor)
    yield "before the code is back there is no user", lambda: _sign_in_refused(visitor, visitor.password)
    yield "a wrong code is refused", lambda: _wrong_code(visitor)
    yield "the mailed code creates the user", lambda: _confirm(visitor)
    yield "a wrong password is refused", lambda: _sign_in_refused(visitor, "not the password at all")
    yield SIGNED_IN, lambda: _sign_in(visitor)
    yield "the published keys verify its token, on the site too", lambda: _keys(visitor)
    yield "the authorizer accepts the session, and the function knows the user", lambda: _me(visitor)
    yield "a token with one letter changed is turned away", lambda: _tampered(visitor)
    yield "routes of the user pool turn our tokens away", lambda: _hello(visitor)
    yield "an order is placed, and its owner sees it", lambda: _order(visitor)
    yield "an order is accepted, and fulfilled later", lambda: _order_later(visitor)
    yield STEPPED_UP, lambda: _first_factor_needs_mail(visitor)
    yield "an authenticator app is added, and asked for", lambda: _add_app(visitor)
    yield "from then on the password alone gives no token", lambda: _password_alone(visitor)
    yield "a code of the app is accepted as the second factor, once", lambda: _second_factor(visitor)
    yield "a recovery code is accepted too, once", lambda: _recovery_code(visitor)
    yield "a mailed code takes the password's place", lambda: _passwordless(visitor)
    yield "a refresh token buys a new pair", lambda: _refresh(visitor)
    yield "the owner changes the profile", lambda: account_checks.profile(visitor.session)
    yield "the owner sees the sessions, and ends all others", lambda: account_checks.sessions(visitor.session)
    yield "the export has what is stored about the owner", lambda: account_checks.export(visitor.session)
    yield "sign-out ends the session", lambda: _sign_out(visitor)
    yield "after it nothing can be refreshed", lambda: _refresh_refused(visitor)
    yield "the owner asks for the deletion of the account, which ends its sessions", lambda: _delete(visitor)


def checks_without_mail(visitor: Visitor) -> Iterator[Check]:
    """Yield the promises before the first one that needs a mailbox."""
    return takewhile(lambda check: check[0] != FIRST_MAIL, checks(visitor))


def _discovery(visitor: Visitor) -> None:
    with visitor.client as client:
        metadata = expect(client.get("/.well-known/openid-configuration"), 200)
        same("issuer", metadata["issuer"], visitor.outputs["issuer"])
        keys = expect(client.get(metadata["jwks_uri"]), 200)["keys"]
        if len(keys) < 2:
            raise BrokenPromise(f"expected the current and the next key, got {len(keys)}")


def _site(visitor: Visitor, check: Callable[[httpx.Client, dict[str, str]], None]) -> None:
    with visitor.client as client:
        check(client, visitor.outputs)


def _keys(visitor: Visitor) -> None:
    with visitor.client as client:
        site_checks.keys(client, visitor.outputs, visitor.access_token)


def _stranger(visitor: Visitor) -> None:
    with visitor.client as client:
        expect(client.get("/me"), 401)
        expect(client.get("/me", headers={"Authorization": "Bearer not.a.token"}), 403)


def _weak_password(visitor: Visitor) -> None:
    with visitor.client as client:
        body = {"email": visitor.email, "password": "short"}
        same("code", expect(client.post("/signup", json=body), 400)["code"], "weak_password")


def _sign_up(visitor: Visitor) -> None:
    with visitor.client as client:
        visitor.challenge_id = expect(client.post("/signup", json=visitor.credentials), 202)["challenge_id"]


def _wrong_code(visitor: Visitor) -> None:
    # This guess is right once in a hundred million runs; the promise would then look broken.
    expect(_present(visitor, "00000000"), 400)


def _confirm(visitor: Visitor) -> None:
    code = mailed_code(visitor)
    expect(_present(visitor, code), 201)
    expect(_present(visitor, code), 400)


def _present(visitor: Visitor, code: str) -> httpx.Response:
    with visitor.client as client:
        return client.post("/signup/confirm", json={"challenge_id": visitor.challenge_id, "code": code})


def mailed_code(visitor: Visitor) -> str:
    """Return the code that was mailed to the visitor last."""
    if not target.is_local(visitor.outputs):
        return visitor.ask_code(visitor.email)
    deadline = time.monotonic() + MAIL_SECONDS
    while time.monotonic() < deadline:
        code = inbox.newest_code(target.cloud_url(visitor.outputs), visitor.email)
        if code:
            return code
        time.sleep(0.1)
    raise BrokenPromise("no mail with a code came")


def _sign_in_refused(visitor: Visitor, password: str) -> None:
    with visitor.client as client:
        answer = client.post("/signin", json={"email": visitor.email, "password": password})
        same("code", expect(answer, 401)["code"], "invalid_credentials")


def _sign_in(visitor: Visitor) -> None:
    with visitor.client as client:
        tokens = expect(client.post("/signin", json=visitor.credentials), 200)
    visitor.access_token, visitor.refresh_token = tokens["access_token"], tokens["refresh_token"]
    same("token_type", tokens["token_type"], "Bearer")


def _me(visitor: Visitor) -> None:
    with visitor.client as client:
        me = expect(client.get("/me", headers=visitor.bearer), 200)
        same("message", me["message"], f"Hello, {visitor.email}!")


def _tampered(visitor: Visitor) -> None:
    head, payload, signature = visitor.access_token.split(".")
    changed = signature[:10] + ("A" if signature[10] != "A" else "B") + signature[11:]
    with visitor.client as client:
        expect(client.get("/me", headers={"Authorization": f"Bearer {head}.{payload}.{changed}"}), 403)


def _hello(visitor: Visitor) -> None:
    with visitor.client as client:
        expect(client.get("/hello"), 401)
        expect(client.get("/hello", headers=visitor.bearer), 401)


def _order(visitor: Visitor) -> None:
    with visitor.client as client:
        placed = expect(client.post("/orders", json=ORDER, headers=visitor.bearer), 201)
        same("order", expect(client.get("/orders", headers=visitor.bearer), 200)["orders"][0], placed)


def _order_later(visitor: Visitor) -> None:
    headers = {**visitor.bearer, "Prefer": "respond-async"}
    with visitor.client as client:
        order = expect(client.post("/orders", json=ORDER, headers=headers), 202)
        deadline = time.monotonic() + WORKER_SECONDS
        while order["status"] == "PENDING" and time.monotonic() < deadline:
            time.sleep(0.1)
            order = expect(client.get(f"/orders/{order['id']}", headers=visitor.bearer), 200)
    same("status", order["status"], "SUCCESS")


def _first_factor_needs_mail(visitor: Visitor) -> None:
    with visitor.client as client:
        refused = expect(client.post("/me/factors/totp", headers=visitor.bearer), 401)
        same("code", refused["code"], "step_up_required")
        begun = expect(client.post("/stepup", json={}, headers=visitor.bearer), 202)
        proof = {"challenge_id": begun["challenge_id"], "factor_id": "email", "code": mailed_code(visitor)}
        visitor.access_token = expect(client.post("/stepup", json=proof, headers=visitor.bearer), 200)["access_token"]


def _add_app(visitor: Visitor) -> None:
    with visitor.client as client:
        made = expect(client.post("/me/factors/totp", headers=visitor.bearer), 201)
        visitor.app_secret = made["secret"]
        confirm = {"code": _app(visitor).now()}
        expect(client.post("/me/factors/totp/confirm", json=confirm, headers=visitor.bearer), 200)
        listed = expect(client.get("/me/factors", headers=visitor.bearer), 200)
        same("factors", [(one["id"], one["confirmed"]) for one in listed["factors"]], [("totp", True)])


def _password_alone(visitor: Visitor) -> None:
    with visitor.client as client:
        ahead = expect(client.post("/signin", json=visitor.credentials), 202)
        if "access_token" in ahead:
            raise BrokenPromise("the password alone was given a token")
        refused = expect(client.post("/me/recovery-codes", headers=visitor.bearer), 401)
        same("code", refused["code"], "step_up_required")


def _second_factor(visitor: Visitor) -> None:
    code = _app(visitor).at(int(time.time()) + APP_STEP_SECONDS)  # the last code was used by the confirmation
    tokens = expect(_pass(visitor, "totp", code), 200)
    visitor.access_token, visitor.refresh_token = tokens["access_token"], tokens["refresh_token"]
    expect(_pass(visitor, "totp", code), 401)
    with visitor.client as client:
        visitor.codes = expect(client.post("/me/recovery-codes", headers=visitor.bearer), 200)["codes"]
        same("number of codes", len(visitor.codes), 10)


def _recovery_code(visitor: Visitor) -> None:
    expect(_pass(visitor, "recovery", visitor.codes[0]), 200)
    expect(_pass(visitor, "recovery", visitor.codes[0]), 401)


def _passwordless(visitor: Visitor) -> None:
    with visitor.client as client:
        begun = expect(client.post("/signin/code", json={"email": visitor.email}), 202)
        first = {"challenge_id": begun["challenge_id"], "factor_id": "email", "code": mailed_code(visitor)}
        expect(client.post("/signin/verify", json=first), 202)
        second = {**first, "factor_id": "recovery", "code": visitor.codes[1]}
        expect(client.post("/signin/verify", json=second), 200)


def _pass(visitor: Visitor, factor_id: str, code: str) -> httpx.Response:
    """Sign in with the password and a second factor."""
    with visitor.client as client:
        challenge_id = expect(client.post("/signin", json=visitor.credentials), 202)["challenge_id"]
        proof = {"challenge_id": challenge_id, "factor_id": factor_id, "code": code}
        return client.post("/signin/verify", json=proof)


def _app(visitor: Visitor) -> Any:
    import pyotp

    return pyotp.TOTP(visitor.app_secret)


def _refresh(visitor: Visitor) -> None:
    with visitor.client as client:
        tokens = expect(client.post("/refresh", json={"refresh_token": visitor.refresh_token}), 200)
    if tokens["refresh_token"] == visitor.refresh_token:
        raise BrokenPromise("the refresh token stayed the same")
    visitor.access_token, visitor.refresh_token = tokens["access_token"], tokens["refresh_token"]


def _sign_out(visitor: Visitor) -> None:
    with visitor.client as client:
        expect(client.post("/signout", headers=visitor.bearer), 204)


def _refresh_refused(visitor: Visitor) -> None:
    with visitor.client as client:
        answer = client.post("/refresh", json={"refresh_token": visitor.refresh_token})
        same("code", expect(answer, 401)["code"], "invalid_grant")


def _delete(visitor: Visitor) -> None:
    tokens = expect(_pass(visitor, "recovery", visitor.codes[2]), 200)
    visitor.access_token, visitor.refresh_token = tokens["access_token"], tokens["refresh_token"]
    account_checks.delete(visitor.session)
    _refresh_refused(visitor)
