"""Authentication of access tokens: valid, of a trusted issuer and, of our own issuer, of a live session."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from contract.roles import Roles
from handlers.core.tokens import verifier
from handlers.core.tokens.access_tokens import scope_of
from handlers.core.tokens.jwks import KeyCache
from handlers.core.tokens.verifier import Policy, Reason, Refused, Unverified

if TYPE_CHECKING:
    from handlers.core.ports import LiveSessions

MAX_CACHED = 1000

Context = dict[str, str]


@dataclass(frozen=True)
class OwnSessions:
    """The sessions of our own issuer, and the scopes that the roles of their users give.

    `issuer` is what applications know our issuer by, whatever name a token gives it: their data belongs to issuer and
    subject, and must outlive a change of the domain.
    """

    store: "LiveSessions"
    roles: Roles
    issuer: str


@dataclass(frozen=True)
class TrustedIssuer:
    """An issuer whose tokens are accepted. `sessions` is for our own issuer alone."""

    policy: Policy
    keys: KeyCache
    sessions: OwnSessions | None = None


@dataclass(frozen=True)
class Principal:
    """The subject of a token: the context for the function, the scopes, and whether our own issuer issued it."""

    context: Context
    scopes: frozenset[str]
    is_own: bool


class SessionEnded(Exception):
    """A valid token whose session is over."""


class ScopeChanged(Exception):
    """A valid token with other scopes than its user's roles give now; a refresh brings the right ones."""


class TokenAuthenticator:
    """The authentication of tokens; valid ones are cached by the hash of their header for `cache_seconds`."""

    def __init__(self, issuers: Iterable[TrustedIssuer], cache_seconds: int) -> None:
        self._cache_seconds = cache_seconds
        self._issuers: dict[str, TrustedIssuer] = {}
        for issuer in issuers:
            self._issuers.setdefault(issuer.policy.issuer, issuer)  # the first of one name counts
        self._cached: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    def authenticate(self, authorization: str, now: float) -> Principal:
        """Return the principal of this Authorization header. Raises as `core.ports.Authenticator`."""
        try:
            digest = sha256(authorization.encode()).digest()
        except UnicodeEncodeError:  # half of a surrogate pair
            raise Refused(Reason.MALFORMED) from None
        kept = self._cached.get(digest)
        if kept is not None and now < kept[0]:
            return kept[1]
        self._cached.pop(digest, None)
        unverified = verifier.read(_bearer(authorization))
        issuer = self._issuer_of(unverified)
        claims = _verify(unverified, issuer, now)
        principal = _principal(claims, issuer.sessions, now)
        self._cache(digest, min(now + self._cache_seconds, claims["exp"]), principal)
        return principal

    def _issuer_of(self, token: Unverified) -> TrustedIssuer:
        named = token.issuer
        issuer = self._issuers.get(named) if isinstance(named, str) else None
        if issuer is None:
            raise Refused(Reason.ISSUER)
        return issuer

    def _cache(self, digest: bytes, until: float, principal: Principal) -> None:
        self._cached[digest] = (until, principal)
        if len(self._cached) > MAX_CACHED:
            self._cached.popitem(last=False)


def _verify(token: Unverified, issuer: TrustedIssuer, now: float) -> dict[str, Any]:
    try:
        return verifier.check(token, issuer.keys.get(now), issuer.policy, now)
    except Refused as refusal:
        if refusal.reason is not Reason.UNKNOWN_KEY:
            raise
    return verifier.check(token, issuer.keys.get_for_unknown(now), issuer.policy, now)


def _principal(claims: dict[str, Any], sessions: OwnSessions | None, now: float) -> Principal:
    scope = _scope(claims)
    scopes = frozenset(scope.split())
    context = {
        "sub": claims["sub"],
        "iss": claims["iss"],
        "scope": scope,
        "amr": _amr(claims),
        "auth_time": str(claims.get("auth_time", "")),
    }
    if sessions is not None:
        context |= _session(claims, scopes, sessions, now)
    return Principal(context, scopes, sessions is not None)


def _session(claims: dict[str, Any], scopes: frozenset[str], sessions: OwnSessions, now: float) -> Context:
    session_id = claims.get("sid")
    if not isinstance(session_id, str):
        raise Refused(Reason.CLAIMS)
    live = sessions.store.live_session(claims["sub"], session_id)
    if live is None or now >= live[1].expires_at:
        raise SessionEnded
    profile, session = live
    if scopes != scope_of(session, profile, sessions.roles):
        raise ScopeChanged
    return {"iss": sessions.issuer, "sid": session_id, "email": profile.email}


def _bearer(authorization: str) -> str:
    """Return the token of `Bearer <token>`; the case of the scheme does not matter (RFC 9110 §11.1)."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Refused(Reason.MALFORMED)
    return token


def _scope(claims: dict[str, Any]) -> str:
    """Return the scopes (RFC 8693 §4.2). Some issuers name them `scp` or write a list; API Gateway reads both names."""
    scope = claims.get("scope", claims.get("scp", ""))
    if isinstance(scope, list) and all(isinstance(one, str) for one in scope):
        return " ".join(scope)
    if not isinstance(scope, str):
        raise Refused(Reason.CLAIMS)
    return scope


def _amr(claims: dict[str, Any]) -> str:
    """Return the methods of the sign-in (RFC 8176), separated by spaces."""
    amr = claims.get("amr", [])
    if not isinstance(amr, list) or not all(isinstance(method, str) for method in amr):
        raise Refused(Reason.CLAIMS)
    return " ".join(amr)
