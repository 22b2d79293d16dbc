"""`sallyport login` and what may go wrong with it, against the pool's real page.

The browser is a few lines here; a real one is in tests/browser.
"""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from client import callback, oauth, sign_in, token_store, verified
from client.errors import Failure
from client.stack import LocalStack
from client.token_store import Session
from tests.door import Door
from tests.local.test_cloud import free_port

SECONDS = 20
SCOPES = ("openid", "email")

Change = Callable[[dict[str, str]], dict[str, str]]


@pytest.fixture
def outputs(stack: LocalStack) -> dict[str, str]:
    return {name: str(value) for name, value in stack.state.outputs.items()}


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SALLYPORT_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return tmp_path


class Browser:
    """Goes where it is sent, signs in as the test user, and comes back; `on_way` and `on_return` meddle."""

    def __init__(self, outputs: dict[str, str], on_way: Change = lambda q: q, on_return: Change = lambda q: q) -> None:
        self._outputs = outputs
        self._on_way, self._on_return = on_way, on_return
        self.pages: list[httpx.Response] = []

    def __call__(self, url: str) -> None:
        threading.Thread(target=self._go, args=(url,), daemon=True).start()

    def _go(self, url: str) -> None:
        asked = self._on_way({name: values[0] for name, values in parse_qs(urlsplit(url).query).items()})
        page = httpx.get(f"{url.partition('?')[0]}?{urlencode(asked)}", timeout=30)
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        credentials = {"username": self._outputs["test_user_name"], "password": self._outputs["test_user_password"]}
        back = httpx.post(f"{self._outputs['hosted_ui_url']}/login", data={**hidden, **credentials}, timeout=30)
        address = urlsplit(back.headers["location"])
        answer = self._on_return({name: values[0] for name, values in parse_qs(address.query).items()})
        self.pages.append(httpx.get(f"http://127.0.0.1:{address.port}{address.path}?{urlencode(answer)}", timeout=30))


def login(outputs: dict[str, str], browser: Callable[[str], None], scopes: tuple[str, ...] = SCOPES) -> Session:
    return sign_in.through_browser(outputs, "terminal", scopes, SECONDS, browser)


def with_(**changes: str) -> Change:
    return lambda query: {**query, **changes}


def without(name: str) -> Change:
    return lambda query: {key: value for key, value in query.items() if key != name}


def test_the_browser_brings_back_a_session(outputs: dict[str, str]) -> None:
    browser = Browser(outputs)

    session = login(outputs, browser)

    assert (session.door, session.client, session.name) == ("pool", "terminal", "testuser@example.com")
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
        (with_(), with_(state="another"), "wrong state"),
        (with_(), without("state"), "wrong state"),
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


@pytest.fixture
def urls() -> list[str]:
    return [f"http://localhost:{free_port()}/callback" for _ in range(2)]


def port_of(url: str) -> int:
    return int(urlsplit(url).port or 0)


@pytest.fixture
def taken(urls: list[str]) -> Iterator[None]:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", port_of(urls[0])))
        other.listen()
        yield


def test_a_port_that_is_taken_is_passed_over(urls: list[str], taken: None) -> None:
    with callback.listen(urls) as listener:
        assert listener.redirect_uri == urls[1]


def test_when_all_ports_are_taken_they_are_named(urls: list[str], taken: None) -> None:
    with pytest.raises(Failure, match=rf"that wait: {port_of(urls[0])}$"):
        callback.listen(urls[:1])
    with pytest.raises(Failure, match="callbackUrls"):
        callback.listen(["https://app.example.com/callback"])


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no second loopback address")
def test_a_port_where_localhost_could_mean_somebody_else_is_passed_over(urls: list[str]) -> None:
    with closing(socket.socket(socket.AF_INET6)) as other:
        try:
            other.bind(("::1", port_of(urls[0])))
        except OSError:
            pytest.skip("this machine has no second loopback address")
        other.listen()
        with callback.listen(urls) as listener:
            assert listener.redirect_uri == urls[1]


def test_it_listens_on_loopback_alone_and_answers_once(urls: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    """Silent connections, other paths and a second answer change nothing; nothing is printed."""
    base = f"http://127.0.0.1:{port_of(urls[0])}"
    with callback.listen(urls) as listener:
        assert listener._server.server_address[0] == "127.0.0.1"
        found: list[dict[str, str]] = []
        waiter = threading.Thread(target=lambda: found.append(listener.wait("right", SECONDS)))
        waiter.start()
        with socket.create_connection(("127.0.0.1", port_of(urls[0]))):
            assert httpx.get(f"{base}/favicon.ico").status_code == 404
            assert httpx.post(f"{base}/callback?code=c&state=right").status_code == 501
            assert httpx.get(f"{base}/callback?code=c&state=right").status_code == 200
        waiter.join(SECONDS)

    assert found == [{"code": "c", "state": "right"}]
    assert capfd.readouterr() == ("", "")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{base}/callback?code=c&state=right")


@pytest.mark.parametrize("query", ["code=c&state=right&state=right", "code=c&code=d&state=right"])
def test_an_answer_that_says_something_twice_is_none(urls: list[str], query: str) -> None:
    with callback.listen(urls) as listener:
        asking = threading.Thread(target=httpx.get, args=(f"http://127.0.0.1:{port_of(urls[0])}/callback?{query}",))
        asking.start()
        with pytest.raises(Failure, match="wrong state"):
            listener.wait("right", SECONDS)
        asking.join()


def test_the_first_answer_is_the_only_one(urls: list[str]) -> None:
    with callback.listen(urls) as listener:
        assert listener._server.take({"code": "first"})
        assert not listener._server.take({"code": "second"})


def test_tokens_lie_in_a_file_of_their_owner_where_there_is_no_keyring(outputs: dict[str, str], config: Path) -> None:
    session = Session("a-stack", "pool", "terminal", "ada", oauth.Tokens("a", "r", None, 1.0))

    place = token_store.save("https://one.example.com", session)
    token_store.save("https://two.example.com", session)

    assert place == str(config / "tokens.json")
    assert (config / "tokens.json").stat().st_mode & 0o777 == 0o600
    assert token_store.load("https://one.example.com") == session
    token_store.forget("https://one.example.com")
    assert token_store.load("https://one.example.com") is None
    token_store.forget("https://two.example.com")
    assert not (config / "tokens.json").exists()


def test_tokens_lie_in_the_keyring_where_there_is_one(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[tuple[str, str], str] = {}

    class Keyring:
        def get_password(self, service: str, name: str) -> str | None:
            return kept.get((service, name))

        def set_password(self, service: str, name: str, secret: str) -> None:
            kept[service, name] = secret

        def delete_password(self, service: str, name: str) -> None:
            del kept[service, name]

    session = Session("a-stack", "pool", "terminal", "ada", oauth.Tokens("a", "r", None, 1.0))
    token_store.save("https://one.example.com", session)
    backend = Keyring()
    monkeypatch.setattr(token_store, "_keyring", lambda: backend)
    for name in ("get_password", "set_password", "delete_password"):
        monkeypatch.setattr(f"keyring.{name}", getattr(backend, name))

    place = token_store.save("https://one.example.com", session)

    assert place == "the system's keyring"
    assert list(kept) == [("sallyport", "https://one.example.com")]
    assert not (config / "tokens.json").exists(), "it does not lie in both"
    assert token_store.load("https://one.example.com") == session
    token_store.forget("https://one.example.com")
    assert kept == {}


def test_a_keyring_that_refuses_leaves_the_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Locked:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("locked")

    locked = Locked()
    monkeypatch.setattr(token_store, "_keyring", lambda: locked)
    session = Session("a-stack", "pool", "terminal", "ada", oauth.Tokens("a", "r", None, 1.0))

    assert token_store.save("https://one.example.com", session) == str(config / "tokens.json")
    assert token_store.load("https://one.example.com") == session


def test_a_token_is_refreshed_when_it_is_due_and_not_before(outputs: dict[str, str]) -> None:
    session = login(outputs, Browser(outputs))
    sign_in.keep(outputs, session)
    assert sign_in.current(outputs) == session

    due = oauth.Tokens(**{**vars(session.tokens), "expires_at": time.time() + sign_in.DUE_SECONDS - 1})
    token_store.save(outputs["api_url"], replace(session, tokens=due))
    refreshed = sign_in.current(outputs)

    assert refreshed.tokens.access_token != session.tokens.access_token
    assert refreshed.tokens.refresh_token == session.tokens.refresh_token
    assert token_store.load(outputs["api_url"]) == refreshed


def test_sign_out_revokes_then_forgets(outputs: dict[str, str]) -> None:
    session = login(outputs, Browser(outputs))
    token_store.save(outputs["api_url"], session)

    sign_in.end(outputs)

    assert token_store.load(outputs["api_url"]) is None
    with pytest.raises(Failure, match="gave no tokens"):
        oauth.refresh(outputs, oauth.client_of(outputs, "terminal"), session.tokens)
    with pytest.raises(Failure, match="not signed in"):
        sign_in.end(outputs)


def test_what_cannot_be_revoked_is_not_forgotten(outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    session = login(outputs, Browser(outputs))
    token_store.save(outputs["api_url"], session)
    gone = {**outputs, "hosted_ui_url": f"http://127.0.0.1:{free_port()}"}
    revoke = oauth.revoke
    monkeypatch.setattr(oauth, "revoke", lambda _, *rest: revoke(gone, *rest))

    with pytest.raises(httpx.ConnectError):
        sign_in.end(outputs)

    assert token_store.load(outputs["api_url"]) == session


def test_another_client_cannot_revoke_a_token(outputs: dict[str, str]) -> None:
    session = login(outputs, Browser(outputs))
    assert session.tokens.refresh_token

    with pytest.raises(Failure, match="did not revoke"):
        oauth.revoke(outputs, oauth.client_of(outputs, "server"), session.tokens.refresh_token)

    assert oauth.refresh(outputs, oauth.client_of(outputs, "terminal"), session.tokens).access_token


def test_tokens_are_verified_before_they_are_believed(outputs: dict[str, str]) -> None:
    session = login(outputs, Browser(outputs))
    client_id = outputs["terminal_client_id"]
    access, id_token = session.tokens.access_token, session.tokens.id_token
    assert id_token
    head, payload, signature = id_token.split(".")
    forged = f"{head}.{payload}.{signature[:-8]}{'A' * 8}"

    for token, for_client, nonce, said in (
        (forged, client_id, None, "InvalidSignatureError"),
        (id_token, "another", None, "InvalidAudienceError"),
        (id_token, client_id, "another", "wrong nonce"),
        (access, client_id, None, "MissingRequiredClaimError"),
        ("x", client_id, None, "DecodeError"),
    ):
        with pytest.raises(Failure, match=said):
            verified.id_token(outputs, token, for_client, nonce)
    with pytest.raises(Failure, match="not for this client"):
        verified.pool_access_token(outputs, access, "another")
    with pytest.raises(Failure, match="not for this client"):
        verified.pool_access_token(outputs, id_token, client_id)
    with pytest.raises(Failure, match="InvalidIssuerError"):
        verified.pool_access_token({**outputs, "user_pool_issuer": "https://x"}, access, client_id)


def test_a_clock_that_is_off_is_said(outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    session = login(outputs, Browser(outputs))
    import jwt.api_jwt

    class Late(jwt.api_jwt.datetime):  # type: ignore[name-defined, misc]
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return super().now(tz) + timedelta(days=1)

    monkeypatch.setattr(jwt.api_jwt, "datetime", Late)

    with pytest.raises(Failure, match="clock"):
        verified.pool_access_token(outputs, session.tokens.access_token, outputs["terminal_client_id"])


def test_a_new_session_ends_the_one_before(outputs: dict[str, str]) -> None:
    first = login(outputs, Browser(outputs))
    sign_in.keep(outputs, first)

    sign_in.keep(outputs, login(outputs, Browser(outputs)))

    with pytest.raises(Failure, match="gave no tokens"):
        oauth.refresh(outputs, oauth.client_of(outputs, "terminal"), first.tokens)
    assert sign_in.current(outputs, force=True)


def test_what_came_for_a_spent_refresh_token_is_kept_whatever_happens_next(
    outputs: dict[str, str], door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = door.user()
    first = sign_in.at_the_api(outputs, user.address, user.password)
    sign_in.keep(outputs, first)

    def out_of_reach(*_: Any) -> Any:
        raise Failure("no keys")

    with monkeypatch.context() as patch:
        patch.setattr(verified, "_verify", out_of_reach)
        assert sign_in.current(outputs, force=True).tokens.refresh_token != first.tokens.refresh_token

    kept = sign_in.kept(outputs)
    assert kept is not None
    assert kept.tokens.refresh_token != first.tokens.refresh_token
    assert sign_in.current(outputs, force=True)


@pytest.mark.parametrize("name", ["issuer", "user_pool_issuer", "hosted_ui_url"])
def test_tokens_go_to_no_other_stack_at_the_same_address(outputs: dict[str, str], name: str) -> None:
    sign_in.keep(outputs, login(outputs, Browser(outputs)))
    other = {**outputs, name: "https://somebody.else.example.com"}

    for act in (sign_in.current, sign_in.end):
        with pytest.raises(Failure, match="not signed in at this stack"):
            act(other)
    assert sign_in.kept(outputs) is not None


def test_secrets_go_past_proxies_and_never_in_the_clear(
    outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)

    assert oauth.machine_token(outputs, ()).access_token
    with pytest.raises(Failure, match="neither https nor this machine"):
        oauth.machine_token({**outputs, "hosted_ui_url": "http://example.com"}, ())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"URL": "{"}', '{"URL": "{}"}', '{"URL": 7}'])
def test_a_spoilt_file_is_no_session(outputs: dict[str, str], config: Path, text: str) -> None:
    (config / "tokens.json").write_text(text.replace("URL", outputs["api_url"]))

    with pytest.raises(Failure, match="sallyport login"):
        sign_in.current(outputs)
    sign_in.keep(outputs, login(outputs, Browser(outputs)))
    assert sign_in.current(outputs)


def test_a_refresh_that_is_not_what_it_should_be_is_not_kept(
    outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = login(outputs, Browser(outputs))
    sign_in.keep(outputs, session)
    forged = replace(session.tokens, access_token=session.tokens.access_token[:-8] + "A" * 8)
    monkeypatch.setattr(oauth, "refresh", lambda *_: forged)

    with pytest.raises(Failure, match="InvalidSignatureError"):
        sign_in.current(outputs, force=True)

    assert sign_in.kept(outputs) == session


def test_a_refresh_token_is_good_for_its_own_client_alone(outputs: dict[str, str]) -> None:
    session = login(outputs, Browser(outputs))

    for name in ("server", "machine"):
        with pytest.raises(Failure, match="invalid_grant"):
            oauth.refresh(outputs, oauth.client_of(outputs, name), session.tokens)
    with pytest.raises(Failure, match="invalid_scope"):
        oauth.machine_token(outputs, ("HelloAPI/hello.read", "Unheard/of"))


def test_five_commands_that_refresh_at_once_leave_one_good_session(outputs: dict[str, str], door: Door) -> None:
    """A refresh token of the API door is good once: they take turns."""
    user = door.user()
    sign_in.keep(outputs, sign_in.at_the_api(outputs, user.address, user.password))

    with ThreadPoolExecutor(5) as pool:
        sessions = list(pool.map(lambda _: sign_in.current(outputs, force=True), range(5)))

    assert len({session.tokens.refresh_token for session in sessions}) == 5
    assert sign_in.kept(outputs) in sessions
    assert sign_in.current(outputs, force=True)


def test_a_sign_out_is_not_undone_by_a_refresh_under_way(
    outputs: dict[str, str], door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = door.user()
    sign_in.keep(outputs, sign_in.at_the_api(outputs, user.address, user.password))
    post = sign_in._post

    def slow(*arguments: Any) -> httpx.Response:
        answer = post(*arguments)
        time.sleep(0.5)
        return answer

    monkeypatch.setattr(sign_in, "_post", slow)
    refreshing = threading.Thread(target=lambda: sign_in.current(outputs, force=True))
    refreshing.start()
    time.sleep(0.1)

    sign_in.end(outputs)
    refreshing.join()

    assert sign_in.kept(outputs) is None


def test_what_is_kept_is_no_more_than_that(outputs: dict[str, str], config: Path) -> None:
    token_store.save(outputs["api_url"], login(outputs, Browser(outputs)))

    (text,) = json.loads((config / "tokens.json").read_text()).values()
    assert set(json.loads(text)) == {"stack", "door", "client", "name", "tokens"}
    assert outputs["test_user_password"] not in text
