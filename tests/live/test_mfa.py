"""MFA from outside, with the factors that the stack offers."""

import secrets
import time
from collections.abc import Callable

import httpx
import pyotp
import pytest

from sallyport.client.checks import smoke
from sallyport.client.stack import inbox, providers, target
from tests.support.account import new_phone

Poster = Callable[..., httpx.Response]


@pytest.fixture
def post(api: httpx.Client, newcomer: smoke.Visitor) -> Poster:
    """Send a POST as a user who has just signed up and in, and stepped up with a mailed code."""
    smoke.check_until(newcomer, smoke.STEPPED_UP)

    def send(path: str, body: dict[str, object] | None = None, token: str = newcomer.access_token) -> httpx.Response:
        return api.post(path, json=body or {}, headers={"Authorization": f"Bearer {token}"})

    return send


def test_a_session_of_before_steps_up(api: httpx.Client, post: Poster) -> None:
    app = pyotp.TOTP(post("/me/factors/totp").json()["secret"])
    assert post("/me/factors/totp/confirm", {"code": app.now()}).status_code == 200

    refused = post("/me/recovery-codes")
    begun = post("/stepup").json()
    proof = {"challenge_id": begun["challenge_id"], "factor_id": "totp", "code": app.at(int(time.time()) + 30)}
    stepped = post("/stepup", proof)
    codes = post("/me/recovery-codes", token=stepped.json()["access_token"])

    assert (refused.status_code, refused.json()["code"]) == (401, "step_up_required")
    assert refused.headers["www-authenticate"].startswith('Bearer error="insufficient_user_authentication"')
    assert len(codes.json()["codes"]) == 10


def test_a_forgotten_password_is_reset_by_mail(api: httpx.Client, newcomer: smoke.Visitor, post: Poster) -> None:
    begun = api.post("/password/forgot", json={"email": newcomer.email}).json()
    body = {"challenge_id": begun["challenge_id"], "code": smoke.mailed_code(newcomer)}
    renewed = f"live {secrets.token_urlsafe(24)}"

    assert api.post("/password/reset", json={**body, "password": renewed}).status_code == 204
    assert api.post("/signin", json={"email": newcomer.email, "password": renewed}).status_code == 200
    assert api.post("/signin", json=newcomer.credentials).status_code == 401


@pytest.mark.parametrize("kind", ["authy", "verify"])
def test_a_phone_completes_a_sign_in(
    api: httpx.Client, newcomer: smoke.Visitor, post: Poster, outputs: dict[str, str], kind: str
) -> None:
    """Only on this machine, where texts are caught and cost nothing."""
    if not target.is_local(outputs):
        pytest.skip("real texts: see `sallyport providers --phone`")
    phone = new_phone()
    authy = {"email": newcomer.email, "phone": phone[3:], "ccode": "55"}
    url = target.cloud_url(outputs)

    begun = post(f"/me/factors/{kind}", authy if kind == "authy" else {"phone": phone})
    if "no_such_factor" in begun.text:
        pytest.skip(f"the stack has no credentials for {kind}")
    assert begun.is_success
    assert post(f"/me/factors/{kind}/code", {"channel": "sms"}).status_code == 202
    first = inbox.newest_code(url, phone)
    assert post(f"/me/factors/{kind}/confirm", {"code": first}).status_code == 200
    challenge = {"challenge_id": api.post("/signin", json=newcomer.credentials).json()["challenge_id"]}
    started = api.post("/signin/factor", json={**challenge, "factor_id": kind, "channel": "sms"})
    assert started.json()["hint"] == f"+55 •••• {phone[-4:]}"
    proof = {**challenge, "factor_id": kind, "code": inbox.newest_code(url, phone)}
    assert api.post("/signin/verify", json=proof).status_code == 200
    assert len([message for message in providers.messages(url) if message["to"] == phone]) == 2


def test_what_passkeys_need_is_offered_where_they_are(api: httpx.Client, post: Poster) -> None:
    answer = api.post("/signin/passkey")

    assert answer.status_code in (202, 404)
    assert post("/me/factors/passkey").status_code == (201 if answer.status_code == 202 else 404)
