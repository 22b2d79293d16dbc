"""Being signed in: where tokens are kept, when they are refreshed, what they are sent to, and how it ends."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sallyport.client.auth import oauth, sign_in, token_store, verified_tokens
from sallyport.client.auth.mfa import FactorChoice
from sallyport.client.auth.token_store import Session
from sallyport.client.errors import Failure
from tests.client.page_visitor import SECONDS, Browser, login
from tests.local.test_cloud import free_port
from tests.support.handlers import Handlers


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
            verified_tokens.id_token(outputs, token, for_client, nonce)
    with pytest.raises(Failure, match="not for this client"):
        verified_tokens.pool_access_token(outputs, access, "another")
    with pytest.raises(Failure, match="not for this client"):
        verified_tokens.pool_access_token(outputs, id_token, client_id)
    with pytest.raises(Failure, match="InvalidIssuerError"):
        verified_tokens.pool_access_token({**outputs, "user_pool_issuer": "https://x"}, access, client_id)


def test_a_clock_that_is_off_is_said(outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    session = login(outputs, Browser(outputs))
    import jwt.api_jwt

    class Late(jwt.api_jwt.datetime):  # type: ignore[name-defined, misc]
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return super().now(tz) + timedelta(days=1)

    monkeypatch.setattr(jwt.api_jwt, "datetime", Late)

    with pytest.raises(Failure, match="clock"):
        verified_tokens.pool_access_token(outputs, session.tokens.access_token, outputs["terminal_client_id"])


def test_a_new_session_ends_the_one_before(outputs: dict[str, str]) -> None:
    first = login(outputs, Browser(outputs))
    sign_in.keep(outputs, first)

    sign_in.keep(outputs, login(outputs, Browser(outputs)))

    with pytest.raises(Failure, match="gave no tokens"):
        oauth.refresh(outputs, oauth.client_of(outputs, "terminal"), first.tokens)
    assert sign_in.current(outputs, force=True)


def test_what_came_for_a_spent_refresh_token_is_kept_whatever_happens_next(
    outputs: dict[str, str], handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = handlers.user()
    first = sign_in.in_directory(outputs, user.address, user.password, FactorChoice(), print)
    sign_in.keep(outputs, first)

    def out_of_reach(*_: Any) -> Any:
        raise Failure("no keys")

    with monkeypatch.context() as patch:
        patch.setattr(verified_tokens, "_verify", out_of_reach)
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


def test_five_commands_that_refresh_at_once_leave_one_good_session(outputs: dict[str, str], handlers: Handlers) -> None:
    """A refresh token of the directory is good once: they take turns."""
    user = handlers.user()
    sign_in.keep(outputs, sign_in.in_directory(outputs, user.address, user.password, FactorChoice(), print))

    with ThreadPoolExecutor(5) as pool:
        sessions = list(pool.map(lambda _: sign_in.current(outputs, force=True), range(5)))

    assert len({session.tokens.refresh_token for session in sessions}) == 5
    assert sign_in.kept(outputs) in sessions
    assert sign_in.current(outputs, force=True)


def test_a_sign_out_is_not_undone_by_a_refresh_under_way(
    outputs: dict[str, str], handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = handlers.user()
    sign_in.keep(outputs, sign_in.in_directory(outputs, user.address, user.password, FactorChoice(), print))
    post, answered = sign_in._post, threading.Event()

    def slow(*arguments: Any) -> httpx.Response:
        answer = post(*arguments)
        if not answered.is_set():  # the refresh under way, and not what sign-out may ask
            answered.set()
            time.sleep(1)
        return answer

    monkeypatch.setattr(sign_in, "_post", slow)
    refreshing = threading.Thread(target=lambda: sign_in.current(outputs, force=True))
    refreshing.start()
    assert answered.wait(SECONDS)

    sign_in.end(outputs)
    refreshing.join()

    assert sign_in.kept(outputs) is None


def test_what_is_kept_is_no_more_than_that(outputs: dict[str, str], config: Path) -> None:
    token_store.save(outputs["api_url"], login(outputs, Browser(outputs)))

    (text,) = json.loads((config / "tokens.json").read_text()).values()
    assert set(json.loads(text)) == {"stack", "issuer", "client", "name", "tokens"}
    assert outputs["test_user_password"] not in text
