"""Passkeys in a real browser: Chromium makes them, the deployed stack and its handlers judge them."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sallyport.client.stack.local_stack import LocalStack
from tests.browser.chromium import CHROMIUM
from tests.browser.passkeys import NOBODY_THERE, Device, device
from tests.support.account import Account
from tests.support.handlers import Answer

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: apt-get install chromium")


@pytest.fixture
def origin(stack: LocalStack) -> str:
    """The origin that passkeys of this stack are bound to: a name, not the loopback address."""
    return stack.cloud.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def browser(origin: str) -> Iterator[Device]:
    with device(f"{origin}{NOBODY_THERE}") as opened:
        yield opened


def enrol(account: Account, browser: Device) -> str:
    """Enrol and confirm a passkey; return its factor id."""
    begun = account.call("enrol_factor_passkey")
    assert begun.status == 201, begun.text
    factor_id: str = begun.body["factor"]["id"]
    confirmed = account.call("confirm_factor", {"credential": browser.create(begun.body["options"])}, factor_id)
    assert confirmed.status == 200, confirmed.text
    return factor_id


def sign_in(account: Account, browser: Device) -> Answer:
    """Sign in without a password and without an address."""
    begun = account.handlers.call("signin_passkey", {})
    credential = browser.get(begun.body["options"])
    return account.verify(begun.body["challenge_id"], "passkey", credential=credential)


def test_on_the_deployed_stack_from_the_page(account: Account, browser: Device, origin: str) -> None:
    """Every step through API Gateway, the authorizer and the deployed functions, from a page of the same origin."""
    api = f"{origin}/_aws/execute-api/sallyport"
    credentials = {"email": account.user.address, "password": account.user.password}
    _, tokens = browser.call(f"{api}/signin", credentials)
    _, ahead = browser.call(f"{api}/stepup", {}, tokens["access_token"])
    mailed = {"challenge_id": ahead["challenge_id"], "factor_id": "email", "code": account.mailed_code()}
    _, stepped = browser.call(f"{api}/stepup", mailed, tokens["access_token"])
    token = stepped["access_token"]
    status, begun = browser.call(f"{api}/me/factors/passkey", {}, token)
    assert status == 201
    made = browser.create(begun["options"])
    factor_id = begun["factor"]["id"]
    status, factor = browser.call(f"{api}/me/factors/{factor_id}/confirm", {"credential": made}, token)
    assert (status, factor["kind"], factor["confirmed"]) == (200, "passkey", True)

    _, challenge = browser.call(f"{api}/signin/passkey", {})
    proof = {"challenge_id": challenge["challenge_id"], "factor_id": "passkey"}
    status, alone = browser.call(f"{api}/signin/verify", {**proof, "credential": browser.get(challenge["options"])})
    assert status == 200
    assert "refresh_token" in alone

    _, ahead = browser.call(f"{api}/signin", credentials)
    chosen = {"challenge_id": ahead["challenge_id"], "factor_id": factor_id}
    _, started = browser.call(f"{api}/signin/factor", chosen)
    status, both = browser.call(f"{api}/signin/verify", {**chosen, "credential": browser.get(started["options"])})
    assert status == 200
    assert "refresh_token" in both


def test_a_passkey_is_both_factors(account: Account, browser: Device) -> None:
    enrol(account, browser)

    claims = account.hold(sign_in(account, browser))

    assert claims["amr"] == ["pop", "mfa"]
    assert claims["sub"] == account.user.id


def test_a_passkey_is_a_second_factor(account: Account, browser: Device) -> None:
    factor_id = enrol(account, browser)
    challenge_id = account.challenge()
    options = account.start(challenge_id, factor_id).body["options"]

    answer = account.verify(challenge_id, factor_id, credential=browser.get(options))

    assert account.hold(answer)["amr"] == ["pwd", "pop", "mfa"]
    assert options["userVerification"] == "required"


def test_an_answer_signs_in_once(account: Account, browser: Device) -> None:
    enrol(account, browser)
    begun = account.handlers.call("signin_passkey", {}).body
    credential = browser.get(begun["options"])

    statuses = [account.verify(begun["challenge_id"], "passkey", credential=credential).status for _ in range(2)]

    assert statuses == [200, 401]


def test_an_answer_to_another_challenge_is_refused(account: Account, browser: Device) -> None:
    factor_id = enrol(account, browser)
    old, new = (account.handlers.call("signin_passkey", {}).body for _ in range(2))
    credential = browser.get(old["options"])
    second = account.challenge()
    account.start(second, factor_id)

    assert account.verify(new["challenge_id"], "passkey", credential=credential).status == 401
    assert account.verify(second, factor_id, credential=credential).status == 401
    assert account.verify(old["challenge_id"], "passkey", credential=credential).status == 200


def test_a_cloned_key_is_refused(account: Account, browser: Device) -> None:
    """The counter of a clone is that of the moment when it was copied."""
    enrol(account, browser)
    assert sign_in(account, browser).status == 200
    assert sign_in(account, browser).status == 200

    browser.set_counter(1)

    assert sign_in(account, browser).status == 401


def test_without_user_verification_it_is_refused(account: Account, browser: Device) -> None:
    """A page that requires no user verification gets an answer without it."""
    enrol(account, browser)
    browser.verify_nobody()
    begun = account.handlers.call("signin_passkey", {}).body
    credential = browser.get({**begun["options"], "userVerification": "discouraged"})

    assert account.verify(begun["challenge_id"], "passkey", credential=credential).status == 401


def test_enrolment_without_user_verification_is_refused(account: Account, browser: Device) -> None:
    begun = account.call("enrol_factor_passkey").body
    selection = {"userVerification": "discouraged", "residentKey": "discouraged"}
    browser.become_a_plain_key()
    credential = browser.create({**begun["options"], "authenticatorSelection": selection})

    answer = account.call("confirm_factor", {"credential": credential}, begun["factor"]["id"])

    assert (answer.status, answer.body["code"]) == (401, "invalid_code")


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<p>another site")

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def elsewhere() -> Iterator[int]:
    """The port of a page that is not the stack's."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_page_of_another_origin_is_refused(account: Account, browser: Device, elsewhere: int) -> None:
    """Same domain, other port: the browser lets it use the passkey, the stack does not take the answer."""
    enrol(account, browser)
    begun = account.handlers.call("signin_passkey", {}).body
    browser.go(f"http://localhost:{elsewhere}/")

    credential = browser.get(begun["options"])

    assert account.verify(begun["challenge_id"], "passkey", credential=credential).status == 401
    enrolling = account.call("enrol_factor_passkey", amr="pwd mfa").body
    made = browser.create({**enrolling["options"], "excludeCredentials": []})
    refused = account.call("confirm_factor", {"credential": made}, enrolling["factor"]["id"], amr="pwd mfa")
    assert refused.status == 401


def test_a_key_for_another_domain_is_refused(account: Account, browser: Device, elsewhere: int) -> None:
    begun = account.call("enrol_factor_passkey").body
    browser.go(f"http://phishing.localhost:{elsewhere}/")
    credential = browser.create({**begun["options"], "rp": {"id": "phishing.localhost", "name": "Sallyport"}})

    answer = account.call("confirm_factor", {"credential": credential}, begun["factor"]["id"])

    assert answer.status == 401


def test_a_passkey_of_another_user_names_another_user(account: Account, browser: Device) -> None:
    """A credential with another user's handle is refused."""
    other = Account(account.handlers.user(), account.providers)
    other.add_totp()
    enrol(account, browser)
    begun = account.handlers.call("signin_passkey", {}).body
    credential = browser.get(begun["options"])
    forged = json.loads(json.dumps(credential))
    forged["response"]["userHandle"] = _handle(other.user.id)

    assert account.verify(begun["challenge_id"], "passkey", credential=forged).status == 401


def _handle(user_id: str) -> str:
    import base64

    return base64.urlsafe_b64encode(bytes.fromhex(user_id)).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"id": 1},
        {"id": "x", "response": []},
        {"response": {"userHandle": "!"}},
        {"id": "AAAA", "response": {"userHandle": "A" * 1399}},
        {"id": "AAAA", "response": {"userHandle": ""}},
    ],
)
def test_what_is_no_credential_is_refused(account: Account, credential: dict[str, Any]) -> None:
    begun = account.handlers.call("signin_passkey", {}).body

    assert account.verify(begun["challenge_id"], "passkey", credential=credential).status == 401
