"""Users as they come and go: the row of an import or an export, and the answer of a migration function."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from contract.fields import Email, Locale, Name, Picture, only
from contract.roles import NAME

UserId = Annotated[str, Meta(pattern=only("[0-9a-f]{32}"))]
Role = Annotated[str, Meta(pattern=rf"^{NAME}$(?!\n)")]
PasswordHash = Annotated[str, Meta(min_length=10, max_length=1024, pattern=only(r"[$][\x21-\x7e]+"))]
TotpSecret = Annotated[str, Meta(min_length=23, max_length=128, pattern=only("[A-Z2-7]+"))]
"""Base32 without padding, of 112 bits or more (NIST SP 800-63B-4 §3.1.4.1)."""
CreatedAt = Annotated[int, Meta(ge=0, le=253402300799)]

MOST_ROWS = 100
"""Rows of one call of the function that imports, and users of one page of an export."""


class UserRow(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True, kw_only=True):
    """A user. Without a password hash, or with an address that is not verified, the user resets the password by mail.

    `password_hash` is a PHC string (docs/operations.md lists the algorithms); `totp` is the base32 secret of an
    authenticator app; `created_at` is in Unix seconds. Without `id`, the user gets one that follows from the address.
    """

    email: Email
    id: UserId | None = None
    email_verified: bool = True
    password_hash: PasswordHash | None = None
    totp: TotpSecret | None = None
    roles: list[Role] | None = None
    created_at: CreatedAt | None = None
    disabled: bool = False
    name: Name | None = None
    locale: Locale | None = None
    picture: Picture | None = None
    attributes: dict[str, Any] | None = None


class MigratedUser(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A user of another system whose password was right; fields as in `UserRow`. Only a verified address migrates."""

    email_verified: bool
    id: UserId | None = None
    totp: TotpSecret | None = None
    roles: list[Role] | None = None
    created_at: CreatedAt | None = None
    name: Name | None = None
    locale: Locale | None = None
    picture: Picture | None = None
    attributes: dict[str, Any] | None = None
