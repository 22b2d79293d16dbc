"""The route table: every path the API serves, who may call it, and what it takes and answers.

The gate imports this module on its cold start, so bodies are named, not imported
(`contract.bodies` needs msgspec).
"""

from dataclasses import dataclass, field
from typing import Literal

from contract import scopes

Method = Literal["GET", "POST", "PUT", "DELETE"]


@dataclass(frozen=True)
class Public:
    """Anybody may call."""


@dataclass(frozen=True)
class Session:
    """Whoever holds an access token of a live session with at least one of `scopes`: our own gate."""

    scopes: tuple[str, ...]


@dataclass(frozen=True)
class PoolScopes:
    """Whoever holds a token of the user pool with at least one of `scopes`: API Gateway's JWT authorizer."""

    scopes: tuple[str, ...]


Guard = Public | Session | PoolScopes


@dataclass(frozen=True)
class Throttle:
    """A rate limit of a route: steady requests per second, and how many may come at once."""

    rate_per_second: int
    burst: int


GUESSABLE = Throttle(rate_per_second=50, burst=100)
"""Routes where a password or a code is presented, or mail is sent. It bounds all callers together:
what bounds a guesser are the counters of each account and each challenge."""

ORDINARY = Throttle(rate_per_second=500, burst=1000)


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route. `body` and the values of `answers` name structs of `contract.bodies`."""

    method: Method
    path: str
    handler: str
    """The file under `handlers/`, without `.py`."""
    summary: str
    guard: Guard
    throttle: Throttle = ORDINARY
    body: str | None = None
    answers: dict[int, str | None] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The route key as API Gateway writes it: `GET /me`."""
        return f"{self.method} {self.path}"


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/signup",
        handler="signup",
        summary="Start a sign-up; a code is mailed to the address.",
        guard=Public(),
        throttle=GUESSABLE,
        body="SignUp",
        answers={201: "Created", 202: "Challenge", 400: "Problem", 429: "Problem"},
    ),
    Route(
        method="POST",
        path="/signup/confirm",
        handler="confirm_signup",
        summary="Present the mailed code and become a user.",
        guard=Public(),
        throttle=GUESSABLE,
        body="ConfirmSignUp",
        answers={201: "Created", 400: "Problem"},
    ),
    Route(
        method="POST",
        path="/signin",
        handler="signin",
        summary="Trade an address and a password for tokens.",
        guard=Public(),
        throttle=GUESSABLE,
        body="SignIn",
        answers={200: "Tokens", 400: "Problem", 401: "Problem"},
    ),
    Route(
        method="POST",
        path="/refresh",
        handler="refresh",
        summary="Trade a refresh token, once, for new tokens.",
        guard=Public(),
        body="Refresh",
        answers={200: "Tokens", 400: "Problem", 401: "Problem"},
    ),
    Route(
        method="POST",
        path="/signout",
        handler="signout",
        summary="End this session.",
        guard=Session(scopes=(scopes.ACCOUNT,)),
        answers={204: None, 401: "Problem", 403: "Problem"},
    ),
    Route(
        method="GET",
        path="/me",
        handler="me",
        summary="Who the caller is.",
        guard=Session(scopes=(scopes.ACCOUNT,)),
        answers={200: "Me", 401: "Problem", 403: "Problem"},
    ),
    Route(
        method="GET",
        path="/hello",
        handler="hello",
        summary="A greeting for tokens of the user pool.",
        guard=PoolScopes(scopes=(scopes.HELLO_READ, scopes.HELLO_WRITE)),
        answers={200: "Hello", 401: "Problem", 403: "Problem"},
    ),
    Route(
        method="GET",
        path="/.well-known/openid-configuration",
        handler="discovery",
        summary="The issuer's metadata (RFC 8414).",
        guard=Public(),
        answers={200: "Discovery"},
    ),
    Route(
        method="GET",
        path="/.well-known/jwks.json",
        handler="jwks",
        summary="The issuer's public keys (RFC 7517).",
        guard=Public(),
        answers={200: "Jwks"},
    ),
    Route(
        method="GET",
        path="/openapi.json",
        handler="openapi",
        summary="This API as an OpenAPI 3.1 document.",
        guard=Public(),
        answers={200: None},
    ),
)


def session_scopes() -> dict[str, tuple[str, ...]]:
    """Route key → scopes, for the routes that our gate guards."""
    return {route.key: route.guard.scopes for route in ROUTES if isinstance(route.guard, Session)}
