"""The bodies of responses."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from contract.fields import Count, Id, Seconds, Time

Requirement = Literal["optional", "required"]


class Challenge(msgspec.Struct, frozen=True):
    """A challenge whose code is on its way; present the code with `challenge_id` within `expires_in` seconds."""

    challenge_id: str
    expires_in: Seconds


class User(msgspec.Struct, frozen=True):
    """A user, as shown to the user's own tokens."""

    id: Id


class Created(msgspec.Struct, frozen=True):
    """A user that was created."""

    user: User


class Tokens(msgspec.Struct, frozen=True):
    """RFC 6749 §5.1. `expires_in` is the access token's life in seconds.

    Without `refresh_token`, it is in the cookie that the client asked for.
    """

    access_token: str
    expires_in: Seconds
    refresh_token: str | UnsetType = UNSET
    token_type: str = "Bearer"  # noqa: S105 the name of a scheme, RFC 6750


class Factor(msgspec.Struct, frozen=True):
    """A factor of the caller. `hint` distinguishes it from the others and is masked."""

    id: str
    kind: str
    hint: str
    confirmed: bool
    created_at: Time
    channels: list[str]


class FactorDetails(msgspec.Struct, frozen=True):
    """A factor, and its provider's details about it."""

    factor: Factor
    provider: dict[str, Any]


class Factors(msgspec.Struct, frozen=True):
    """`GET /me/factors`."""

    factors: list[Factor]
    recovery_codes_left: Count


class Available(msgspec.Struct, frozen=True):
    """`GET /me/factors/available`."""

    kinds: list[str]
    second_factor: Requirement


class MfaRequired(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sign-in after its first factor. Choose one of `factors`; with `enrol_required`, add one with `access_token`.

    `pending`: the push has not been answered yet.
    """

    challenge_id: str | None = None
    expires_in: Seconds | None = None
    factors: list[Factor] | None = None
    pending: bool = False
    enrol_required: bool = False
    access_token: str | None = None
    token_type: str | None = None


class Pending(msgspec.Struct, frozen=True):
    """A push that has not been answered yet."""

    pending: bool = True


class Started(msgspec.Struct, frozen=True, omit_defaults=True):
    """A factor that waits for its proof. `options` of a passkey are those of WebAuthn §5.5."""

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
    """A factor that was added, but is not confirmed."""

    factor: Factor


class NewTotp(msgspec.Struct, frozen=True):
    """The secret of a new TOTP factor, shown only this once: as text, as an otpauth URI, and as its QR code in SVG."""

    factor: Factor
    secret: str
    uri: str
    qr_svg: str


class NewPasskey(msgspec.Struct, frozen=True):
    """Options of WebAuthn §5.4 for `navigator.credentials.create`."""

    factor: Factor
    options: dict[str, Any]


class AuthyUser(msgspec.Struct, frozen=True):
    """A new Authy user, in the form of Authy's own answer."""

    message: str
    user: dict[str, int]
    success: str


class Qr(msgspec.Struct, frozen=True):
    """The address of Authy's QR code, and the name that the other app will show."""

    label: str
    issuer: str
    qr_code: str


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Recovery codes; each is accepted once, as a second factor."""

    codes: list[str]


class Me(msgspec.Struct, frozen=True, omit_defaults=True):
    """The caller. Fields of the profile are absent where there is nothing."""

    message: str
    id: Id
    email: str
    roles: list[str]
    second_factors: Count
    name: str | None = None
    locale: str | None = None
    picture: str | None = None
    attributes: dict[str, Any] | None = None


class Session(msgspec.Struct, frozen=True):
    """A session of the caller: its device and coarse network, and whether it is the one that asks."""

    id: Id
    device: str
    network: str
    created_at: Time
    last_used_at: Time
    expires_at: Time
    amr: list[str]
    current: bool


class Sessions(msgspec.Struct, frozen=True):
    """`GET /me/sessions`."""

    sessions: list[Session]


class DeletionRequested(msgspec.Struct, frozen=True):
    """`DELETE /me`: when the account will be deleted, and whether a sign-in until then takes it back."""

    delete_at: Time
    sign_in_cancels: bool


class ExportedUser(msgspec.Struct, frozen=True, omit_defaults=True):
    """The user in an export. Passwords and secrets of factors are stored encrypted, and are not part of it."""

    id: Id
    email: str
    roles: list[str]
    created_at: Time | None = None
    name: str | None = None
    locale: str | None = None
    picture: str | None = None
    attributes: dict[str, Any] | None = None


class ExportedLink(msgspec.Struct, frozen=True):
    """A mailed link that still works: what for, and the address or the session that it is about."""

    purpose: str
    about: str
    expires_at: Time


class Export(msgspec.Struct, frozen=True):
    """`GET /me/export`. `known_places`: when each known device and network was used last; `applications`: by name."""

    format: Literal["sallyport.export.v1"]
    exported_at: Time
    user: ExportedUser
    sessions: list[Session]
    factors: list[Factor]
    recovery_codes_left: Count
    known_places: list[Time]
    links: list[ExportedLink]
    applications: dict[str, Any]


class Hello(msgspec.Struct, frozen=True):
    """A greeting."""

    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error. `code` is stable; API Gateway's own answers have only `message`."""

    message: str
    code: str | None = None


class AuthyProblem(Problem, frozen=True, omit_defaults=True):
    """An error, or Authy's answer to a user that it does not accept: `is invalid` for each such field."""

    email: str | None = None
    cellphone: str | None = None
    country_code: str | None = None


class Jwk(msgspec.Struct, frozen=True):
    """An RSA public key (RFC 7518 §6.3.1)."""

    kty: str
    kid: str
    use: str
    alg: str
    n: str
    e: str


class Jwks(msgspec.Struct, frozen=True):
    """A JWK set (RFC 7517 §5)."""

    keys: list[Jwk]


class Discovery(msgspec.Struct, frozen=True):
    """The metadata of RFC 8414 §2 for verifiers of access tokens; there are no grants, so their lists are empty."""

    issuer: str
    jwks_uri: str
    response_types_supported: list[str]
    grant_types_supported: list[str]
