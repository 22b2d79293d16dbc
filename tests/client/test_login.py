"""`sallyport login` and its failures, against the pool's real page."""

import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from sallyport.client.auth import oauth, sign_in, token_store
from sallyport.client.errors import Failure
from tests.client.page_visitor import SCOPES, SECONDS, Browser, Change, login, with_, without


def test_the_browser_brings_back_a_session(outputs: dict[str, str]) -> None:
    browser = Browser(outputs)

    session = login(outputs, browser)

    assert (session.issuer, session.client, session.name) == ("pool", "terminal", "testuser@example.com")
    assert sign_in.claims(outputs, session)["id"]["email"] == "testuser@example.com"
    deadline = time.monotonic() + SECONDS
    while not browser.pages and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "You can close this window." in browser.pages[0].text
    assert browser.pages[0].headers["referrer-policy"] == "no-referrer"


def test_the_question_is_what_the_standards_ask_for(outputs: dict[str, str]) -> None:
    known = oauth.client_of(outputs, "terminal")
    one, other = (oauth.Request(known, "http://localhost:8083/callback", SCOPES) for _ in range(2))

    asked = parse_qs(urlsplit(oauth.authorization_url(outputs, one)).query)

    assert (asked["response_type"], asked["code_challenge_method"]) == (["code"], ["S256"])
    assert len(asked["state"][0]) == len(asked["nonce"][0]) == len(one.verifier) == 43
    assert len({one.state, one.nonce, one.verifier, other.state, other.nonce, other.verifier}) == 6
    assert one.verifier not in oauth.authorization_url(outputs, one)


@pytest.mark.parametrize(
    ("on_way", "on_return", "said"),
    [
        (with_(nonce="another"), with_(), "wrong nonce"),
        (with_(), with_(iss="https://somebody.else.example.com"), "wrong iss"),
        (with_(), with_(iss=""), "wrong iss"),
        (with_(), without("code"), "without a code"),
        (with_(), with_(error="access_denied"), "cancelled"),
        (with_(), with_(error="server_error\x1b[2J"), r"refused: server_error2J$"),
        (with_(), with_(code="another"), "gave no tokens: invalid_grant"),
        (with_(code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), with_(), "gave no tokens: invalid_grant"),
    ],
)
def test_every_way_it_goes_wrong_is_said_and_keeps_nothing(
    outputs: dict[str, str], config: Path, on_way: Change, on_return: Change, said: str
) -> None:
    with pytest.raises(Failure, match=said) as failure:
        login(outputs, Browser(outputs, on_way, on_return))

    assert "\x1b" not in str(failure.value)
    assert token_store.load(outputs["api_url"]) is None


def test_nobody_comes_back_in_time(outputs: dict[str, str]) -> None:
    with pytest.raises(Failure, match="Nobody signed in within 0 seconds"):
        sign_in.through_browser(outputs, "terminal", SCOPES, 0.3, lambda _: None)


def test_a_code_is_good_once(outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[tuple[oauth.Request, str]] = []
    exchange = oauth.exchange

    def remember(known: dict[str, str], request: oauth.Request, code: str) -> oauth.Tokens:
        used.append((request, code))
        return exchange(known, request, code)

    monkeypatch.setattr(oauth, "exchange", remember)
    login(outputs, Browser(outputs))

    with pytest.raises(Failure, match="invalid_grant"):
        exchange(outputs, *used[0])


def test_a_client_with_a_secret_proves_it(outputs: dict[str, str]) -> None:
    session = sign_in.through_browser(outputs, "server", SCOPES, SECONDS, Browser(outputs))
    wrong = {**outputs, "server_client_secret": "wrong"}

    assert session.client == "server"
    with pytest.raises(Failure, match="invalid_client"):
        sign_in.through_browser(wrong, "server", SCOPES, SECONDS, Browser(outputs))
    with pytest.raises(Failure, match="show-secrets"):
        oauth.client_of({**outputs, "server_client_secret": "[secret]"}, "server")
