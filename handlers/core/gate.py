"""Who stands at the gate: a good access token of a trusted issuer and, of our own, of a live session."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from handlers.core import verifier
from handlers.core.key_sets import KeyCache
from handlers.core.verifier import Policy, Reason, Refused, Unverified

SESSION_SECONDS = 30
"""How long a checked token is believed without asking again, at most."""
MAX_REMEMBERED = 1000

Context = dict[str, str]


class Sessions(Protocol):
    """Where it is known whether a session is alive."""

    def email_of_live(self, user_id: str, session_id: str, now: int) -> str | None:
        """The address of the session's user; None if the session or its user is not to be let in."""


@dataclass(frozen=True)
class Issuer:
    """An issuer whose tokens are accepted. `sessions` is known of our own alone."""

    policy: Policy
    keys: KeyCache
    sessions: Sessions | None = None


@dataclass(frozen=True)
class Caller:
    """What the function behind the gate is told, the scopes of the token, and whether it is of our own issuer."""

    context: Context
    scopes: frozenset[str]
    is_own: bool


class SessionEnded(Exception):
    """The token is good, its session is over."""


class Gate:
    """Knows callers by their tokens, and remembers good ones for `SESSION_SECONDS`, by their hash."""

    def __init__(self, issuers: Iterable[Issuer]) -> None:
        self._issuers: dict[str, Issuer] = {}
        for issuer in issuers:
            self._issuers.setdefault(issuer.policy.issuer, issuer)  # none takes the place of one before it
        self._remembered: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    def identify(self, authorization: str, now: float) -> Caller:
        """Who sent this Authorization header. Raises `Refused`, `SessionEnded`, `KeysUnavailable`."""
        token = _bearer(authorization)
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        until, remembered = self._remembered.get(digest, (0.0, None))
        if remembered and now < until:
            return remembered
        self._remembered.pop(digest, None)
        unverified = verifier.read(token)
        issuer = self._issuer_of(unverified)
        claims = _verify(unverified, issuer, now)
        caller = _caller(claims, issuer.sessions, now)
        self._remember(digest, min(now + SESSION_SECONDS, claims["exp"]), caller)
        return caller

    def _issuer_of(self, token: Unverified) -> Issuer:
        named = token.issuer
        issuer = self._issuers.get(named) if isinstance(named, str) else None
        if issuer is None:
            raise Refused(Reason.ISSUER)
        return issuer

    def _remember(self, digest: bytes, until: float, caller: Caller) -> None:
        self._remembered[digest] = (until, caller)
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)


def _verify(token: Unverified, issuer: Issuer, now: float) -> dict[str, Any]:
    try:
        return verifier.check(token, issuer.keys.get(now), issuer.policy, now)
    except Refused as refusal:
        if refusal.reason is not Reason.UNKNOWN_KEY:
            raise
    return verifier.check(token, issuer.keys.get_for_unknown(now), issuer.policy, now)


def _caller(claims: dict[str, Any], sessions: Sessions | None, now: float) -> Caller:
    scope = _scope(claims)
    context = {
        "sub": claims["sub"],
        "iss": claims["iss"],
        "scope": scope,
        "amr": _amr(claims),
        "auth_time": str(claims.get("auth_time", "")),
    }
    if sessions is not None:
        context |= _session(claims, sessions, now)
    return Caller(context, frozenset(scope.split()), sessions is not None)


def _session(claims: dict[str, Any], sessions: Sessions, now: float) -> Context:
    session_id = claims.get("sid")
    if not isinstance(session_id, str):
        raise Refused(Reason.CLAIMS)
    email = sessions.email_of_live(claims["sub"], session_id, int(now))
    if email is None:
        raise SessionEnded
    return {"sid": session_id, "email": email}


def _bearer(authorization: str) -> str:
    """The token of `Bearer <token>`; the scheme in any case (RFC 9110 §11.1), nothing else beside it."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Refused(Reason.MALFORMED)
    return token


def _scope(claims: dict[str, Any]) -> str:
    """RFC 8693 §4.2; some issuers call it `scp`, some write a list. API Gateway reads both names."""
    scope = claims.get("scope", claims.get("scp", ""))
    if isinstance(scope, list) and all(isinstance(one, str) for one in scope):
        return " ".join(scope)
    if not isinstance(scope, str):
        raise Refused(Reason.CLAIMS)
    return scope


def _amr(claims: dict[str, Any]) -> str:
    """RFC 8176."""
    amr = claims.get("amr", [])
    if not isinstance(amr, list) or not all(isinstance(method, str) for method in amr):
        raise Refused(Reason.CLAIMS)
    return " ".join(amr)
