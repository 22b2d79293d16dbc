"""The bodies of requests and answers. Requests refuse unknown fields; lengths are in code points."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Email = Annotated[str, Meta(min_length=3, max_length=254, examples=["ada@example.com"])]
Password = Annotated[str, Meta(min_length=1, max_length=256)]
ChallengeId = Annotated[str, Meta(min_length=43, max_length=43, pattern="^[A-Za-z0-9_-]+$")]
Code = Annotated[str, Meta(min_length=6, max_length=6, pattern="^[0-9]+$")]
RefreshToken = Annotated[str, Meta(min_length=130, max_length=130, pattern="^[A-Za-z0-9._-]+$")]

RestaurantId = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")]
Quantity = Annotated[int, Meta(ge=1, le=1000)]


class Request(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a caller sends."""


class SignUp(Request, frozen=True):
    """`POST /signup`."""

    email: Email
    password: Password


class ConfirmSignUp(Request, frozen=True):
    """`POST /signup/confirm`."""

    challenge_id: ChallengeId
    code: Code


class SignIn(Request, frozen=True):
    """`POST /signin`."""

    email: Email
    password: Password


class Refresh(Request, frozen=True):
    """`POST /refresh`."""

    refresh_token: RefreshToken


class NewOrder(Request, frozen=True):
    """`POST /orders`, `PUT /orders/{id}`."""

    restaurant_id: RestaurantId
    quantity: Quantity


class Order(msgspec.Struct, frozen=True):
    """An order. `created_at` is an RFC 3339 time."""

    id: str
    restaurant_id: str
    quantity: int
    status: Literal["PENDING", "SUCCESS", "FAILURE"]
    created_at: str


class Orders(msgspec.Struct, frozen=True):
    """A page of orders; `next` is the cursor of the page after it, if there is one."""

    orders: list[Order]
    next: str | None


class Challenge(msgspec.Struct, frozen=True):
    """A code is on its way; present it with `challenge_id` within `expires_in` seconds."""

    challenge_id: str
    expires_in: int


class User(msgspec.Struct, frozen=True):
    """A user, as their own tokens may see them."""

    id: str


class Created(msgspec.Struct, frozen=True):
    """The user now exists."""

    user: User


class Tokens(msgspec.Struct, frozen=True):
    """RFC 6749 §5.1. `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105 the name of a scheme, RFC 6750


class Me(msgspec.Struct, frozen=True):
    """The caller, from the session that the gate has checked."""

    message: str
    id: str
    email: str


class Hello(msgspec.Struct, frozen=True):
    """A greeting."""

    message: str


class Problem(msgspec.Struct, frozen=True):
    """Every error. `code` is stable; API Gateway's own answers carry `message` alone."""

    message: str
    code: str | None = None


class Jwk(msgspec.Struct, frozen=True):
    """An RSA public key (RFC 7518 §6.3.1)."""

    kty: str
    kid: str
    use: str
    alg: str
    n: str
    e: str


class Jwks(msgspec.Struct, frozen=True):
    """RFC 7517 §5."""

    keys: list[Jwk]


class Discovery(msgspec.Struct, frozen=True):
    """The part of RFC 8414 that a verifier needs."""

    issuer: str
    jwks_uri: str
    response_types_supported: list[str]
    subject_types_supported: list[str]
    id_token_signing_alg_values_supported: list[str]
