"""The gate's decision: a good token, a live session, a scope that the route asks for."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from handlers.core import verifier
from handlers.core.key_sets import KeyCache
from handlers.core.verifier import Policy, Reason, Refused

SESSION_SECONDS = 30
"""How long a checked session is believed without asking again, at most."""
MAX_REMEMBERED = 1000

Context = dict[str, str]


class Sessions(Protocol):
    """Where it is known whether a session is alive."""

    def email_of_live(self, user_id: str, session_id: str, now: int) -> str | None:
        """The address of the session's user; None if the session or its user is not to be let in."""


@dataclass(frozen=True)
class Caller:
    """Who stands at the gate: what the function behind it is told, and the scopes of the token."""

    context: Context
    scopes: frozenset[str]


@dataclass(frozen=True)
class Decision:
    """`context` is empty unless allowed; `reason` is for the log."""

    allowed: bool
    reason: str
    context: Context


class Gate:
    """Decides, and remembers good tokens for `SESSION_SECONDS`, by their hash."""

    def __init__(
        self, policy: Policy, keys: KeyCache, sessions: Sessions, routes: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._policy = policy
        self._keys = keys
        self._sessions = sessions
        self._routes = routes
        self._remembered: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    def decide(self, authorization: str, route_key: str, now: float) -> Decision:
        """Whether this Authorization header opens this route."""
        try:
            caller = self._caller(_bearer(authorization), now)
        except Refused as refusal:
            return Decision(False, refusal.reason.value, {})
        if caller is None:
            return Decision(False, "session_ended", {})
        if caller.scopes.isdisjoint(self._routes.get(route_key, ())):
            return Decision(False, "insufficient_scope", {})
        return Decision(True, "ok", caller.context)

    def _caller(self, token: str, now: float) -> Caller | None:
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        until, remembered = self._remembered.get(digest, (0.0, None))
        if remembered and now < until:
            return remembered
        claims = self._verify(token, now)
        email = self._sessions.email_of_live(claims["sub"], _text(claims, "sid"), int(now))
        if email is None:
            self._remembered.pop(digest, None)
            return None
        caller = _caller_of(claims, email)
        self._remember(digest, min(now + SESSION_SECONDS, claims["exp"]), caller)
        return caller

    def _verify(self, token: str, now: float) -> dict[str, Any]:
        keys = self._keys.get(now)
        try:
            return verifier.verify(token, keys, self._policy, now)
        except Refused as refusal:
            if refusal.reason is not Reason.UNKNOWN_KEY:
                raise
        return verifier.verify(token, self._keys.get_for_unknown(now), self._policy, now)

    def _remember(self, digest: bytes, until: float, caller: Caller) -> None:
        self._remembered[digest] = (until, caller)
        self._remembered.move_to_end(digest)
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)


def _bearer(authorization: str) -> str:
    """The token of `Bearer <token>`; the scheme in any case (RFC 7235 §2.1), nothing else beside it."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Refused(Reason.MALFORMED)
    return token


def _caller_of(claims: dict[str, Any], email: str) -> Caller:
    amr = claims.get("amr")
    if not isinstance(amr, list) or not all(isinstance(method, str) for method in amr):
        raise Refused(Reason.CLAIMS)
    scope = _text(claims, "scope")
    context = {
        "sub": claims["sub"],
        "sid": _text(claims, "sid"),
        "email": email,
        "scope": scope,
        "amr": " ".join(amr),
        "auth_time": str(claims.get("auth_time")),
        "iss": claims["iss"],
    }
    return Caller(context, frozenset(scope.split()))


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise Refused(Reason.CLAIMS)
    return value
