"""The bodies of requests. Unknown fields are refused."""

from typing import Any, ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from contract.fields import (
    ChallengeId,
    Channel,
    Code,
    CountryCode,
    CountryNumber,
    Email,
    FactorId,
    LinkToken,
    Locale,
    Name,
    NewPassword,
    Password,
    Phone,
    Picture,
    ProofCode,
    RefreshToken,
)


class Request(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body of a request."""

    needs: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Field → the fields that must come with it."""
    excludes: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Field → the fields that must not come with it."""


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
    """`POST /signin/factor`. `channel` for factor types that have several."""

    challenge_id: ChallengeId
    factor_id: FactorId
    channel: Channel | None = None


class Proof(Request, frozen=True):
    """`POST /me/factors/{id}/confirm`: a code, or a credential of WebAuthn §5.1; without both, a poll of a push."""

    excludes = {"code": ("credential",)}

    code: ProofCode | None = None
    credential: dict[str, Any] | None = None


class VerifyFactor(Request, frozen=True):
    """`POST /signin/verify`. `factor_id` is `email` for a mailed code, `passkey` for a sign-in without an address."""

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


class ChangePassword(Request, frozen=True):
    """`PUT /me/password`. Without `current_password`, the sign-in must be fresh, and more than a password."""

    password: NewPassword
    current_password: Password | None = None


class ChangeProfile(Request, frozen=True):
    """`PATCH /me`. `null` removes a field; `attributes` replace those of before."""

    name: Name | UnsetType | None = UNSET
    locale: Locale | UnsetType | None = UNSET
    picture: Picture | UnsetType | None = UNSET
    attributes: dict[str, Any] | UnsetType | None = UNSET


class Undo(Request, frozen=True):
    """`POST /undo`: the text after `#` in a mailed link."""

    token: LinkToken


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
    """`POST /refresh`: with the header `sallyport-refresh-token: cookie`, nothing; the cookie has the token."""

    refresh_token: RefreshToken | None = None
