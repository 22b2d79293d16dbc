"""Sign-in, refresh and sign-out: at the user pool's pages, or in the directory by the API."""

import contextlib
import threading
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import replace
from time import time
from typing import Any

import httpx

from sallyport.client import web
from sallyport.client.auth import callback, devices, mfa, oauth, token_store, verified_tokens
from sallyport.client.auth.mfa import FactorChoice
from sallyport.client.auth.oauth import Request, Tokens
from sallyport.client.auth.token_store import Session
from sallyport.client.auth.verified_tokens import Claims
from sallyport.client.errors import Failure
from sallyport.client.stack import target

DUE_SECONDS = 60  # a token is refreshed this long before it expires
NOT_SIGNED_IN = "You are not signed in at this stack. Sign in with: sallyport login"

Outputs = Mapping[str, str]


def through_browser(
    outputs: Outputs, client: str, scopes: tuple[str, ...], seconds: float, show: Callable[[str], None]
) -> Session:
    """Sign in with authorization code and PKCE; the session is not stored yet. Raises `Failure`.

    `show` opens the sign-in address for the user.
    """
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
    claims = verified_tokens.pool_access_token(outputs, tokens.access_token, known.id)
    if tokens.id_token:
        claims |= verified_tokens.id_token(outputs, tokens.id_token, known.id, request.nonce)
    return Session(
        _stack(outputs), "pool", client, str(claims.get("email") or claims.get("username") or claims["sub"]), tokens
    )


def open_browser(url: str, on_failure: Callable[[], None]) -> None:
    """Open a browser in a thread, because some terminal browsers return only when they are closed."""

    def run() -> None:
        with contextlib.suppress(webbrowser.Error):
            if webbrowser.open(url):
                return
        on_failure()

    threading.Thread(target=run, daemon=True).start()


def in_directory(
    outputs: Outputs, email: str, password: str, choice: FactorChoice, say: Callable[[str], None]
) -> Session:
    """Sign in with email address and password, and a second factor if there is one. Raises `Failure`."""
    return _completed(outputs, email, _post(outputs, "/signin", {"email": email, "password": password}), choice, say)


def by_mailed_code(
    outputs: Outputs, email: str, code: Callable[[], str], choice: FactorChoice, say: Callable[[str], None]
) -> Session:
    """Sign in without a password; `code` returns the mailed code. Raises `Failure`."""
    begun = _post(outputs, "/signin/code", {"email": email})
    if begun.status_code != 202:
        raise Failure(web.message(begun))
    proof = {"challenge_id": begun.json()["challenge_id"], "factor_id": "email", "code": code()}
    return _completed(outputs, email, _post(outputs, "/signin/verify", proof), choice, say)


def _completed(
    outputs: Outputs, email: str, answer: httpx.Response, choice: FactorChoice, say: Callable[[str], None]
) -> Session:
    required = answer.json() if answer.status_code == 202 else {}
    if required.get("enrol_required"):
        say("This stack requires a second factor. Add one, then sign in again: sallyport factor add totp")
        tokens = Tokens(required["access_token"], None, None, time() + required["expires_in"])
        return Session(_stack(outputs), "api", "", email, tokens)
    if answer.status_code == 202:
        answer = mfa.complete(mfa.ProofEndpoint(outputs, "/signin/verify"), required, choice, say)
    return Session(_stack(outputs), "api", "", email, _own_tokens(answer))


def keep_access_token(outputs: Outputs, answer: Mapping[str, Any]) -> None:
    """Store a new access token of the session; the refresh token stays."""
    with token_store.locked():
        session = kept(outputs)
        if session is None:
            raise Failure(NOT_SIGNED_IN)
        expires_at = time() + answer["expires_in"]
        tokens = replace(session.tokens, access_token=answer["access_token"], expires_at=expires_at)
        token_store.save(outputs["api_url"], replace(session, tokens=tokens))


def with_srp(outputs: Outputs, username: str, password: str) -> Session:
    """Sign in at the pool by Secure Remote Password, without a browser. Raises `Failure`."""
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
    verified_tokens.pool_access_token(outputs, tokens.access_token, client_id)
    return Session(_stack(outputs), "pool", "terminal", username, tokens)


def current(outputs: Outputs, *, force: bool = False) -> Session:
    """Return the stored session, refreshed if it expires soon. Raises `Failure`."""
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
    """Return the session after its issuer has confirmed that it has not ended. Raises `Failure`."""
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
    """Store a new session and return where; revoke the previous session if possible."""
    with token_store.locked():
        before = kept(outputs)
        place = token_store.save(outputs["api_url"], session)
    if before is not None:
        with contextlib.suppress(Failure, httpx.HTTPError):
            _revoke(outputs, before)
    return place


def kept(outputs: Outputs) -> Session | None:
    """Return the session at this stack; None if the address belongs to another stack by now."""
    session = token_store.load(outputs["api_url"])
    return session if session is not None and session.stack == _stack(outputs) else None


def end(outputs: Outputs) -> None:
    """Revoke the session, then delete it. Raises `Failure`, and deletes nothing, if it cannot be revoked."""
    with token_store.locked():
        session = kept(outputs)
        if session is None:
            raise Failure(NOT_SIGNED_IN)
        _revoke(outputs, session)
        token_store.forget(outputs["api_url"])


def _revoke(outputs: Outputs, session: Session) -> None:
    if session.issuer == "api":
        _end_own(outputs, session)
    elif session.tokens.refresh_token:
        oauth.revoke(outputs, oauth.client_of(outputs, session.client), session.tokens.refresh_token)


def _stack(outputs: Outputs) -> str:
    """Return the stack's identity: tokens are sent to no other stack, even one at the same address."""
    return " ".join(outputs[name] for name in ("issuer", "user_pool_issuer", "hosted_ui_url"))


def claims(outputs: Outputs, session: Session) -> dict[str, Claims]:
    """Return the verified claims of the session's tokens: `access`, and `id` where there is one. Raises `Failure`."""
    tokens = session.tokens
    if session.issuer == "api":
        return {"access": verified_tokens.own_access_token(outputs, tokens.access_token)}
    client_id = outputs[f"{session.client}_client_id"]
    found = {"access": verified_tokens.pool_access_token(outputs, tokens.access_token, client_id)}
    if tokens.id_token:
        found["id"] = verified_tokens.id_token(outputs, tokens.id_token, client_id, None)
    return found


def _refreshed(outputs: Outputs, session: Session) -> Session:
    tokens = session.tokens
    if not tokens.refresh_token:
        raise Failure(
            f"The session is over. Sign in again: sallyport {'signin' if session.issuer == 'api' else 'login'}"
        )
    if session.issuer == "api":
        answer = _post(outputs, "/refresh", {"refresh_token": tokens.refresh_token})
        if answer.status_code == 401:
            raise Failure("The session is over. Sign in again: sallyport signin")
        return replace(session, tokens=_own_tokens(answer))
    client = oauth.client_of(outputs, session.client)
    refreshed = replace(session, tokens=oauth.refresh(outputs, client, tokens))
    claims(outputs, refreshed)  # only for the pool, whose refresh token stays valid; the API's is used up already
    return refreshed


def _end_own(outputs: Outputs, session: Session) -> None:
    """Sign out with the access token, which names the session; if it is refused, refresh it first if possible."""
    tokens = session.tokens
    if time() < tokens.expires_at - DUE_SECONDS and _signs_out(outputs, tokens):
        return
    if not tokens.refresh_token:  # a token to add a factor: it cannot sign out, and expires
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
