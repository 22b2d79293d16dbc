"""A row of the route table: a path, its guard, its body and its answers.

The authorizer imports this module on its cold start, so bodies are named, not imported (`contract.requests` needs
msgspec).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True)
class Public:
    """A guard that needs no token."""


@dataclass(frozen=True)
class Session:
    """A guard: an access token of our own issuer, of a live session, with one of `scopes`; the Lambda authorizer's.

    With `max_age`, the sign-in must be no older than so many seconds; with `acr`, it must be of this level of
    `contract.acr`, or by several factors. The function refuses other sign-ins, and the client steps up (RFC 9470).
    """

    scopes: tuple[str, ...]
    max_age: int | None = None
    acr: str | None = None


@dataclass(frozen=True)
class Trusted:
    """A guard: an access token of any trusted issuer with at least one of `scopes`; the Lambda authorizer's.

    A session of our own issuer must be alive.
    """

    scopes: tuple[str, ...]


@dataclass(frozen=True)
class PoolScopes:
    """A guard: a token of the user pool with at least one of `scopes`; API Gateway's JWT authorizer's."""

    scopes: tuple[str, ...]


Authorized = Session | Trusted
"""The guards of the Lambda authorizer."""

Guard = Public | Authorized | PoolScopes


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of a route, beside its path and body. `schema` is JSON Schema."""

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
"""The device's cookie; its prefix restricts it to this host and to TLS. Source: RFC 6265bis §4.1.3.2."""


REFRESH_MODE = Parameter(
    name="sallyport-refresh-token",
    where="header",
    description="`cookie`: keep the refresh token in a cookie that no script reads, for pages of the API's own origin",
    schema={"type": "string", "enum": ["cookie"]},
)
REFRESH_COOKIE = Parameter(
    name="__Secure-refresh",
    where="cookie",
    description="The refresh token, where the client asked for it in a cookie",
    schema={"type": "string"},
)


@dataclass(frozen=True, kw_only=True)
class Route:
    """A route. `body` and the values of `answers` name structs of `contract.requests` and `contract.responses`.

    Answers that follow from guard and body are not listed in `answers`; `contract.openapi` adds them.
    """

    method: Method
    path: str
    handler: str
    """The file under `handlers/functions/`, without `.py`."""
    variant: str = ""
    """The variant of a row, where one handler serves several."""
    summary: str
    guard: Guard
    is_guessable: bool = False
    """True if it takes a password or a code, or sends mail: its rate is smaller, and shared by all callers. Guessing is
    limited by the counters of each account and each challenge."""
    body: str | None = None
    answers: dict[int, str | None] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    headers: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """Status → documented headers of its answer, beside those of every route."""

    @property
    def function(self) -> str:
        """Return the name of the function that serves the route: its handler's file, without the folder."""
        return self.handler.rpartition("/")[2]

    @property
    def name(self) -> str:
        """Return the unique name of this row, which is its operation id in the OpenAPI document."""
        return f"{self.function}_{self.variant}" if self.variant else self.function

    @property
    def key(self) -> str:
        """Return the route key in API Gateway's form: `GET /me`."""
        return f"{self.method} {self.path}"
