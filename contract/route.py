"""What a row of the route table says: a path, who may call it, and what it takes and answers.

The gate imports this module on its cold start, so bodies are named, not imported
(`contract.bodies` needs msgspec).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Method = Literal["GET", "POST", "PUT", "DELETE"]


@dataclass(frozen=True)
class Public:
    """Anybody may call."""


@dataclass(frozen=True)
class Session:
    """Whoever holds an access token of a live session of our own issuer with at least one of `scopes`: our gate.

    With `max_age` the sign-in must be no older than so many seconds, with `acr` of this level of `contract.acr`, or by
    several factors. A sign-in that falls short is refused by the function, and stepped up (RFC 9470).
    """

    scopes: tuple[str, ...]
    max_age: int | None = None
    acr: str | None = None


@dataclass(frozen=True)
class Trusted:
    """Whoever holds an access token of any trusted issuer with at least one of `scopes`: our gate.

    Our own issuer's sessions must be alive.
    """

    scopes: tuple[str, ...]


@dataclass(frozen=True)
class PoolScopes:
    """Whoever holds a token of the user pool with at least one of `scopes`: API Gateway's JWT authorizer."""

    scopes: tuple[str, ...]


Gated = Session | Trusted
Guard = Public | Gated | PoolScopes


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
class Parameter:
    """Something that a route takes beside its path and body. `schema` is JSON Schema."""

    name: str
    where: Literal["query", "header", "cookie"]
    description: str
    schema: Mapping[str, object]


DEVICE = Parameter(
    name="__Host-device",
    where="cookie",
    description="Tells a device that has signed in from others, for the limits; it opens nothing",
    schema={"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"},
)
"""RFC 6265bis §4.1.3.2, for the prefix: of this host alone, over TLS alone."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route. `body` and the values of `answers` name structs of `contract.bodies`.

    What any route may answer, by its guard and its body, is not listed in `answers`: see `contract.openapi`.
    """

    method: Method
    path: str
    handler: str
    """The file under `handlers/`, without `.py`."""
    variant: str = ""
    """Tells rows apart that one handler serves."""
    summary: str
    guard: Guard
    throttle: Throttle = ORDINARY
    body: str | None = None
    answers: dict[int, str | None] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    headers: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """Status → headers of its answer that a client should know, beside those of every route."""

    @property
    def name(self) -> str:
        """Of this row alone."""
        return f"{self.handler}_{self.variant}" if self.variant else self.handler

    @property
    def key(self) -> str:
        """The route key as API Gateway writes it: `GET /me`."""
        return f"{self.method} {self.path}"
