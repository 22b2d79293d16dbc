"""The bodies of requests and answers. Requests refuse unknown fields; lengths are in code points."""

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from contract.limits import PASSWORD_LENGTH


def _only(characters: str) -> str:
    """The whole text is like this. In Python's expressions, `$` would let a line's end pass."""
    return rf"^{characters}$(?!\n)"


Email = Annotated[
    str,
    Meta(min_length=3, max_length=254, examples=["ada@example.com"], extra_json_schema={"format": "email"}),
]
Password = Annotated[str, Meta(min_length=1, max_length=256, extra_json_schema={"format": "password"})]
NewPassword = Annotated[
    str,
    # Shorter ones are read too, to be refused with their own code, `weak_password`.
    Meta(max_length=256, extra_json_schema={"format": "password", "minLength": PASSWORD_LENGTH}),
]
ChallengeId = Annotated[str, Meta(min_length=43, max_length=43, pattern=_only("[A-Za-z0-9_-]+"))]
Code = Annotated[str, Meta(min_length=8, max_length=8, pattern=_only("[0-9]+"))]
RefreshToken = Annotated[str, Meta(min_length=130, max_length=130, pattern=_only("[A-Za-z0-9._-]+"))]

ProofCode = Annotated[str, Meta(min_length=4, max_length=40, pattern=_only("[A-Za-z0-9-]+"))]
FactorId = Annotated[str, Meta(min_length=4, max_length=64, pattern=_only("[a-z0-9-]+"))]
Channel = Literal["sms", "call", "push", "app"]
Phone = Annotated[str, Meta(min_length=1, max_length=24, pattern=_only("[+]?[0-9 ().-]+"))]
CountryCode = Annotated[str, Meta(min_length=1, max_length=5, pattern=_only("[+]?[1-9][0-9]*"))]
CountryNumber = Annotated[int, Meta(ge=1, le=9999)]

RestaurantId = Annotated[str, Meta(min_length=1, max_length=64, pattern=_only("[A-Za-z0-9_-]+"))]
Quantity = Annotated[int, Meta(ge=1, le=1000)]

Id = Annotated[str, Meta(extra_json_schema={"pattern": "^[0-9a-f]{32}$"})]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Seconds = Annotated[int, Meta(extra_json_schema={"minimum": 0})]
Count = Annotated[int, Meta(extra_json_schema={"minimum": 0})]


class Request(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a caller sends."""

    needs: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Field → those that must come with it."""
    excludes: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Field → those that must not come with it."""


class SignUp(Request, frozen=True):
    """`POST /signup`."""

    email: Email
    password: NewPassword


class ConfirmSignUp(Request, frozen=True):
    """`POST /signup/confirm`."""

    challenge_id: ChallengeId
    code: Code


class SignIn(Request, frozen=True):
    """`POST /signin`."""

    email: Email
    password: Password


class Address(Request, frozen=True):
    """`POST /signin/code`, `POST /password/forgot`."""

    email: Email


class StartFactor(Request, frozen=True):
    """`POST /signin/factor`. `channel` for the kinds that have several."""

    challenge_id: ChallengeId
    factor_id: FactorId
    channel: Channel | None = None


class Proof(Request, frozen=True):
    """`POST /me/factors/{id}/confirm`: a code, or a credential of WebAuthn §5.1; neither asks after a push."""

    excludes = {"code": ("credential",)}

    code: ProofCode | None = None
    credential: dict[str, Any] | None = None


class VerifyFactor(Request, frozen=True):
    """`POST /signin/verify`. `factor_id` is `email` for a mailed code, `passkey` for a sign-in that names nobody."""

    excludes = {"code": ("credential",)}

    challenge_id: ChallengeId
    factor_id: FactorId
    code: ProofCode | None = None
    credential: dict[str, Any] | None = None


class StepUp(Request, frozen=True):
    """`POST /stepup`: `{}`, to begin; then a factor with its proof, or the password where there is no factor."""

    needs = {
        "challenge_id": ("factor_id",),
        "factor_id": ("challenge_id",),
        "code": ("challenge_id",),
        "credential": ("challenge_id",),
    }
    excludes = {"password": ("challenge_id", "code", "credential"), "code": ("credential",)}

    challenge_id: ChallengeId | None = None
    factor_id: FactorId | None = None
    code: ProofCode | None = None
    credential: dict[str, Any] | None = None
    password: Password | None = None


class ResetPassword(Request, frozen=True):
    """`POST /password/reset`: the mailed code first, then with `factor_id` the second factor."""

    excludes = {"code": ("credential",)}

    challenge_id: ChallengeId
    password: NewPassword
    factor_id: FactorId = "email"
    code: ProofCode | None = None
    credential: dict[str, Any] | None = None


class NewAuthyUser(Request, frozen=True):
    """`POST /me/factors/authy`. `ccode` is the phone's country calling code."""

    email: Email
    phone: Phone
    ccode: CountryCode | CountryNumber


class NewPhone(Request, frozen=True):
    """`POST /me/factors/verify`. The phone with its country calling code (E.164)."""

    phone: Phone


class SendCode(Request, frozen=True):
    """`POST /me/factors/{id}/code`."""

    channel: Channel


class Refresh(Request, frozen=True):
    """`POST /refresh`."""

    refresh_token: RefreshToken


class NewOrder(Request, frozen=True):
    """`POST /orders`, `PUT /orders/{id}`."""

    restaurant_id: RestaurantId
    quantity: Quantity


class Order(msgspec.Struct, frozen=True):
    """An order. `created_at` is an RFC 3339 time."""

    id: Id
    restaurant_id: str
    quantity: int
    status: Literal["PENDING", "SUCCESS", "FAILURE"]
    created_at: Time


class Orders(msgspec.Struct, frozen=True):
    """A page of orders; `next` is the cursor of the page after it, if there is one."""

    orders: list[Order]
    next: str | None


class Challenge(msgspec.Struct, frozen=True):
    """A code is on its way; present it with `challenge_id` within `expires_in` seconds."""

    challenge_id: str
    expires_in: Seconds


class User(msgspec.Struct, frozen=True):
    """A user, as their own tokens may see them."""

    id: Id


class Created(msgspec.Struct, frozen=True):
    """The user now exists."""

    user: User


class Tokens(msgspec.Struct, frozen=True):
    """RFC 6749 §5.1. `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: Seconds
    token_type: str = "Bearer"  # noqa: S105 the name of a scheme, RFC 6750


class Factor(msgspec.Struct, frozen=True):
    """A factor of the caller's. `hint` tells it from others without giving anything away."""

    id: str
    kind: str
    hint: str
    confirmed: bool
    created_at: Time
    channels: list[str]


class FactorDetails(msgspec.Struct, frozen=True):
    """A factor, and what its provider knows of it."""

    factor: Factor
    provider: dict[str, Any]


class Factors(msgspec.Struct, frozen=True):
    """`GET /me/factors`."""

    factors: list[Factor]
    recovery_codes_left: Count


class Available(msgspec.Struct, frozen=True):
    """`GET /me/factors/available`."""

    kinds: list[str]
    second_factor: Literal["optional", "required"]


class SecondGate(msgspec.Struct, frozen=True):
    """The first gate is passed. Choose one of `factors`; or, with `enrol_required`, add one with this access token.

    `pending`: a push has not been answered yet.
    """

    challenge_id: str | None = None
    expires_in: Seconds | None = None
    factors: list[Factor] | None = None
    pending: bool = False
    enrol_required: bool = False
    access_token: str | None = None
    token_type: str | None = None


class Pending(msgspec.Struct, frozen=True):
    """The push has not been answered yet."""

    pending: bool = True


class Started(msgspec.Struct, frozen=True):
    """The factor waits for its proof. `options` of a passkey are those of WebAuthn §5.5."""

    factor_id: str
    expires_in: Seconds
    hint: str
    options: dict[str, Any] | None = None


class PasskeyChallenge(msgspec.Struct, frozen=True):
    """`POST /signin/passkey`."""

    challenge_id: str
    expires_in: Seconds
    options: dict[str, Any]


class SteppedUp(msgspec.Struct, frozen=True):
    """A new access token of the same session; its refresh token stays as it is."""

    access_token: str
    expires_in: Seconds
    token_type: str = "Bearer"  # noqa: S105 the name of a scheme, RFC 6750


class NewFactor(msgspec.Struct, frozen=True):
    """Added, but not confirmed."""

    factor: Factor


class NewTotp(msgspec.Struct, frozen=True):
    """The secret, shown this once: as text, as an otpauth URI, and as a QR code of that in SVG."""

    factor: Factor
    secret: str
    uri: str
    qr_svg: str


class NewPasskey(msgspec.Struct, frozen=True):
    """Options of WebAuthn §5.4 for `navigator.credentials.create`."""

    factor: Factor
    options: dict[str, Any]


class AuthyUser(msgspec.Struct, frozen=True):
    """As Authy answers."""

    message: str
    user: dict[str, int]
    success: str


class Qr(msgspec.Struct, frozen=True):
    """Where Authy serves the QR code, and what the other app will show."""

    label: str
    issuer: str
    qr_code: str


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Each opens the second gate once."""

    codes: list[str]


class Me(msgspec.Struct, frozen=True):
    """The caller, from the session that the gate has checked."""

    message: str
    id: Id
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
    """What a verifier of access tokens needs of RFC 8414 §2; there are no grants, so their lists are empty."""

    issuer: str
    jwks_uri: str
    response_types_supported: list[str]
    grant_types_supported: list[str]
