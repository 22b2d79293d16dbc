"""Signing in, staying signed in, signing out: through the pool's pages, or at the API door."""

import contextlib
import threading
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import replace
from time import time
from typing import Any

import httpx

from client import callback, devices, oauth, second_gate, target, token_store, verified, web
from client.errors import Failure
from client.oauth import Request, Tokens
from client.second_gate import Way
from client.token_store import Session
from client.verified import Claims

DUE_SECONDS = 60  # before a token expires it is time for the next one
NOT_SIGNED_IN = "You are not signed in at this stack. Sign in with: sallyport login"

Outputs = Mapping[str, str]


def through_browser(
    outputs: Outputs, client: str, scopes: tuple[str, ...], seconds: float, show: Callable[[str], None]
) -> Session:
    """Code and PKCE. `show` brings a person to an address; nothing is kept yet. Raises `Failure`."""
    known = oauth.client_of(outputs, client)
    with callback.listen(outputs["callback_urls"].split()) as listener:
        request = Request(known, listener.redirect_uri, scopes)
        show(oauth.authorization_url(outputs, request))
        answer = listener.wait(request.state, seconds)
    if answer.get("iss", outputs["user_pool_issuer"]) != outputs["user_pool_issuer"]:
        raise Failure("Somebody else than the pool has answered (wrong iss); nobody was signed in")
    tokens = oauth.exchange(outputs, request, answer["code"])
    if tokens.id_token is None and "openid" in scopes:
        raise Failure("The pool gave no id token, though it was asked for one")
    claims = verified.pool_access_token(outputs, tokens.access_token, known.id)
    if tokens.id_token:
        claims |= verified.id_token(outputs, tokens.id_token, known.id, request.nonce)
    return Session(
        _stack(outputs), "pool", client, str(claims.get("email") or claims.get("username") or claims["sub"]), tokens
    )


def open_browser(url: str, on_failure: Callable[[], None]) -> None:
    """Open a browser beside this program: some, in a terminal, only come back when they are closed."""

    def run() -> None:
        with contextlib.suppress(webbrowser.Error):
            if webbrowser.open(url):
                return
        on_failure()

    threading.Thread(target=run, daemon=True).start()


def at_the_api(outputs: Outputs, email: str, password: str, way: Way, say: Callable[[str], None]) -> Session:
    """With address and password at the API door, and through the second gate if there is one. Raises `Failure`."""
    return _entered(outputs, email, _post(outputs, "/signin", {"email": email, "password": password}), way, say)


def by_mailed_code(
    outputs: Outputs, email: str, code: Callable[[], str], way: Way, say: Callable[[str], None]
) -> Session:
    """Without a password: `code` is asked for what was mailed. Raises `Failure`."""
    begun = _post(outputs, "/signin/code", {"email": email})
    if begun.status_code != 202:
        raise Failure(web.message(begun))
    proof = {"challenge_id": begun.json()["challenge_id"], "factor_id": "email", "code": code()}
    return _entered(outputs, email, _post(outputs, "/signin/verify", proof), way, say)


def _entered(outputs: Outputs, email: str, answer: httpx.Response, way: Way, say: Callable[[str], None]) -> Session:
    ahead = answer.json() if answer.status_code == 202 else {}
    if ahead.get("enrol_required"):
        say("This stack asks for a second factor. Add one, then sign in again: sallyport factor add totp")
        tokens = Tokens(ahead["access_token"], None, None, time() + ahead["expires_in"])
        return Session(_stack(outputs), "api", "", email, tokens)
    if answer.status_code == 202:
        answer = second_gate.through(second_gate.Gate(outputs, "/signin/verify"), ahead, way, say)
    return Session(_stack(outputs), "api", "", email, _own_tokens(answer))


def keep_access_token(outputs: Outputs, answer: Mapping[str, Any]) -> None:
    """Keep a new access token of the session; its refresh token stays."""
    with token_store.locked():
        session = kept(outputs)
        if session is None:
            raise Failure(NOT_SIGNED_IN)
        expires_at = time() + answer["expires_in"]
        tokens = replace(session.tokens, access_token=answer["access_token"], expires_at=expires_at)
        token_store.save(outputs["api_url"], replace(session, tokens=tokens))


def with_srp(outputs: Outputs, username: str, password: str) -> Session:
    """At the pool, by Secure Remote Password, without a browser. Raises `Failure`."""
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
    from pycognito.aws_srp import AWSSRP
    from pycognito.exceptions import WarrantException

    endpoint = outputs["user_pool_jwks_url"].removesuffix(f"/{outputs['user_pool_id']}/.well-known/jwks.json")
    web.check(endpoint)
    past_proxies: dict[str, Any] = {"proxies": {}} if target.is_local(outputs) else {}
    client_id, unsigned = outputs["terminal_client_id"], Config(signature_version=UNSIGNED, **past_proxies)
    try:
        cognito = boto3.Session(region_name=outputs["region"]).client(
            "cognito-idp", endpoint_url=endpoint, config=unsigned
        )
        srp = AWSSRP(username, password, outputs["user_pool_id"], client_id, client=cognito)
        result = srp.authenticate_user()["AuthenticationResult"]
    except ClientError as error:
        raise Failure(f"The pool refused: {error.response['Error']['Message']}") from None
    except (WarrantException, RuntimeError, KeyError) as error:
        raise Failure(
            f"The pool asks for more than a password ({type(error).__name__}); use: sallyport login"
        ) from None
    except BotoCoreError as error:
        raise Failure(f"The pool cannot be asked: {error}") from None
    tokens = Tokens(
        result["AccessToken"], result.get("RefreshToken"), result.get("IdToken"), time() + result["ExpiresIn"]
    )
    verified.pool_access_token(outputs, tokens.access_token, client_id)
    return Session(_stack(outputs), "pool", "terminal", username, tokens)


def current(outputs: Outputs, *, force: bool = False) -> Session:
    """The session that is kept, refreshed if that is due. Raises `Failure`."""
    with token_store.locked():
        session = kept(outputs)
        if session is None:
            raise Failure(NOT_SIGNED_IN)
        if not force and time() < session.tokens.expires_at - DUE_SECONDS:
            return session
        refreshed = _refreshed(outputs, session)
        token_store.save(outputs["api_url"], refreshed)
        return refreshed


def confirmed(outputs: Outputs) -> Session:
    """The session, if its issuer says just now that it has not ended. Raises `Failure`."""
    session = kept(outputs)
    if session is None:
        raise Failure(NOT_SIGNED_IN)
    if session.tokens.refresh_token:
        return current(outputs, force=True)
    header = {"Authorization": f"Bearer {session.tokens.access_token}"}
    answer = web.request("GET", f"{outputs['api_url']}/me/factors/available", headers=header)
    if answer.status_code in (401, 403):
        raise Failure("The session is over. Sign in again: sallyport signin")
    if answer.status_code != 200:
        raise Failure(web.message(answer))
    return session


def keep(outputs: Outputs, session: Session) -> str:
    """Keep a new session, and say where; the one before it is ended, as far as it can be."""
    with token_store.locked():
        before = kept(outputs)
        place = token_store.save(outputs["api_url"], session)
    if before is not None:
        with contextlib.suppress(Failure, httpx.HTTPError):
            _revoke(outputs, before)
    return place


def kept(outputs: Outputs) -> Session | None:
    """The session at this stack; none if the stack at this address is another one by now."""
    session = token_store.load(outputs["api_url"])
    return session if session is not None and session.stack == _stack(outputs) else None


def end(outputs: Outputs) -> None:
    """Revoke, then forget. Raises `Failure`, and forgets nothing, if it could not be revoked."""
    with token_store.locked():
        session = kept(outputs)
        if session is None:
            raise Failure(NOT_SIGNED_IN)
        _revoke(outputs, session)
        token_store.forget(outputs["api_url"])


def _revoke(outputs: Outputs, session: Session) -> None:
    if session.door == "api":
        _end_own(outputs, session)
    elif session.tokens.refresh_token:
        oauth.revoke(outputs, oauth.client_of(outputs, session.client), session.tokens.refresh_token)


def _stack(outputs: Outputs) -> str:
    """Which stack it is: tokens go to no other, even if it answers at the same address."""
    return " ".join(outputs[name] for name in ("issuer", "user_pool_issuer", "hosted_ui_url"))


def claims(outputs: Outputs, session: Session) -> dict[str, Claims]:
    """The verified claims of the session's tokens: `access`, and `id` where there is one. Raises `Failure`."""
    tokens = session.tokens
    if session.door == "api":
        return {"access": verified.own_access_token(outputs, tokens.access_token)}
    client_id = outputs[f"{session.client}_client_id"]
    found = {"access": verified.pool_access_token(outputs, tokens.access_token, client_id)}
    if tokens.id_token:
        found["id"] = verified.id_token(outputs, tokens.id_token, client_id, None)
    return found


def _refreshed(outputs: Outputs, session: Session) -> Session:
    tokens = session.tokens
    if not tokens.refresh_token:
        raise Failure(f"The session is over. Sign in again: sallyport {'signin' if session.door == 'api' else 'login'}")
    if session.door == "api":
        answer = _post(outputs, "/refresh", {"refresh_token": tokens.refresh_token})
        if answer.status_code == 401:
            raise Failure("The session is over. Sign in again: sallyport signin")
        return replace(session, tokens=_own_tokens(answer))
    client = oauth.client_of(outputs, session.client)
    refreshed = replace(session, tokens=oauth.refresh(outputs, client, tokens))
    claims(outputs, refreshed)  # the pool's refresh token stays good; the API's is spent, so what came for it is kept
    return refreshed


def _end_own(outputs: Outputs, session: Session) -> None:
    """The access token says which session; one that is not taken is refreshed for this, if it still can be."""
    tokens = session.tokens
    if time() < tokens.expires_at - DUE_SECONDS and _signs_out(outputs, tokens):
        return
    if not tokens.refresh_token:  # one to add a factor, which signs nobody out and ends by itself
        return
    answer = _post(outputs, "/refresh", {"refresh_token": tokens.refresh_token})
    if answer.status_code == 401 or _signs_out(outputs, _own_tokens(answer)):
        return
    raise Failure("The API did not end the session. Try again, or: sallyport logout --forget")


def _signs_out(outputs: Outputs, tokens: Tokens) -> bool:
    header = {"Authorization": f"Bearer {tokens.access_token}"}
    return web.request("POST", f"{outputs['api_url']}/signout", headers=header).status_code == 204


def _post(outputs: Outputs, path: str, body: dict[str, Any]) -> httpx.Response:
    api_url = outputs["api_url"]
    answer = web.request("POST", f"{api_url}{path}", json=body, headers=devices.header(api_url))
    devices.remember(api_url, answer)
    return answer


def _own_tokens(answer: httpx.Response) -> Tokens:
    if answer.status_code != 200:
        raise Failure(web.message(answer))
    content = answer.json()
    return Tokens(content["access_token"], content["refresh_token"], None, time() + content["expires_in"])
