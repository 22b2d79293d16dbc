"""The user pool as an OAuth 2.0 server: authorization code with PKCE, refresh, client credentials, revocation.

Source: RFC 6749, 7636 (PKCE), 7009 (revocation), 9207 (issuer in the answer), OpenID Connect Core 1.0 §3.1.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from sallyport.client import web
from sallyport.client.errors import Failure
from sallyport.client.stack import target

DEFAULT_SCOPES = (
    "openid",
    "email",
    "profile",
    "HelloAPI/hello.read",
    "HelloAPI/hello.write",
    "OrdersAPI/orders.read",
    "OrdersAPI/orders.write",
)


@dataclass(frozen=True)
class Client:
    """An app client of the pool. A public client has no secret."""

    name: str
    id: str
    secret: str | None


@dataclass(frozen=True)
class Tokens:
    """The tokens that the pool issues (RFC 6749 §5.1). `expires_at` in Unix seconds."""

    access_token: str
    refresh_token: str | None
    id_token: str | None
    expires_at: float


@dataclass(frozen=True)
class Request:
    """A sign-in attempt, with the values that only this attempt knows (RFC 7636 §4.1, OpenID Connect Core §3.1.2.1)."""

    client: Client
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))


def client_of(outputs: Mapping[str, str], name: str) -> Client:
    """Return an app client of the stack by its name: `terminal`, `server` or `machine`."""
    secret = None if name == "terminal" else target.secret(outputs, f"{name}_client_secret")
    return Client(name, outputs[f"{name}_client_id"], secret)


def authorization_url(outputs: Mapping[str, str], request: Request) -> str:
    """Return the address of the pool's sign-in page."""
    challenge = hashlib.sha256(request.verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": request.client.id,
        "redirect_uri": request.redirect_uri,
        "scope": " ".join(request.scopes),
        "state": request.state,
        "nonce": request.nonce,
        "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return f"{outputs['hosted_ui_url']}/oauth2/authorize?{urlencode(query)}"


def exchange(outputs: Mapping[str, str], request: Request, code: str) -> Tokens:
    """Return the tokens for a code. Raises `Failure`."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": request.redirect_uri,
        "code_verifier": request.verifier,
    }
    return _tokens(_token_endpoint(outputs, request.client, form), None)


def refresh(outputs: Mapping[str, str], client: Client, tokens: Tokens) -> Tokens:
    """Return new tokens for the refresh token, which stays the same. Raises `Failure`."""
    form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token or ""}
    return _tokens(_token_endpoint(outputs, client, form), tokens.refresh_token)


def machine_token(outputs: Mapping[str, str], scopes: tuple[str, ...]) -> Tokens:
    """Return a token that belongs to no user. Raises `Failure`."""
    form = {"grant_type": "client_credentials", **({"scope": " ".join(scopes)} if scopes else {})}
    return _tokens(_token_endpoint(outputs, client_of(outputs, "machine"), form), None)


def revoke(outputs: Mapping[str, str], client: Client, refresh_token: str) -> None:
    """Revoke the refresh token and the access tokens issued for it. Raises `Failure`."""
    answer = _post(outputs, "revoke", client, {"token": refresh_token})
    if answer.status_code != 200:
        raise Failure(f"The pool did not revoke the token: {_reason(answer)}")


def _token_endpoint(outputs: Mapping[str, str], client: Client, form: dict[str, str]) -> dict[str, Any]:
    answer = _post(outputs, "token", client, form)
    if answer.status_code != 200:
        reason = _reason(answer)
        next_ = (
            f"It knows: {' '.join(DEFAULT_SCOPES)}" if reason == "invalid_scope" else "Sign in again: sallyport login"
        )
        raise Failure(f"The pool gave no tokens: {reason}. {next_}")
    content: dict[str, Any] = answer.json()
    return content


def _post(outputs: Mapping[str, str], endpoint: str, client: Client, form: dict[str, str]) -> httpx.Response:
    """Send the form. A client without a secret names itself in the form, a client with a secret by HTTP Basic.

    Source: RFC 6749 §2.3.1, §3.2.1.
    """
    url = f"{outputs['hosted_ui_url']}/oauth2/{endpoint}"
    if client.secret is None:
        return web.request("POST", url, data={**form, "client_id": client.id})
    return web.request("POST", url, data=form, auth=(client.id, client.secret))


def _tokens(content: dict[str, Any], refresh_token: str | None) -> Tokens:
    return Tokens(
        access_token=content["access_token"],
        refresh_token=content.get("refresh_token", refresh_token),
        id_token=content.get("id_token"),
        expires_at=time.time() + int(content["expires_in"]),
    )


def _reason(answer: httpx.Response) -> str:
    """Return the error's code (RFC 6749 §5.2) and nothing else of the answer."""
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"
