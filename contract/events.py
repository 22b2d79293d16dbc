"""Events: what happened to a user, in the form in which it is logged and put on the event bus.

An event is a CloudEvent (CloudEvents 1.0.2, JSON format): `type` names the struct and its version, `subject` is the
user's id, `data` is the struct. Extension attributes: `actor` (the user's id, or the ARN of an operator), `network`
(the caller's /24 or /48), `requestid`. No event holds an address, a phone, a code, a password or a token.
"""

from typing import Any, ClassVar, Literal

import msgspec

SPEC_VERSION = "1.0"
SOURCE = "sallyport"
MARK = "specversion"
"""The word that every line of an event has, and no other log line."""


class Event(msgspec.Struct, frozen=True):
    """An event's `data`. A change of its fields that readers must know of is a new version of `type`."""

    type: ClassVar[str]
    is_by_subject: ClassVar[bool] = True
    """False if whoever has caused the event is not known to be the user."""


class UserCreated(Event, frozen=True):
    """A user exists: by the mailed code of a sign-up, by an operator, by an import, by the migration function."""

    type = "sallyport.user.created.v1"
    by: Literal["sign_up", "operator", "import", "migration"]


class SessionStarted(Event, frozen=True):
    """A sign-in by these methods (RFC 8176). `is_new_place`: neither the device nor the network was known."""

    type = "sallyport.session.started.v1"
    session_id: str
    amr: list[str]
    acr: str
    is_new_place: bool


class SessionSteppedUp(Event, frozen=True):
    """A fresher or stronger authentication in a session."""

    type = "sallyport.session.stepped_up.v1"
    session_id: str
    amr: list[str]


class SessionEnded(Event, frozen=True):
    """A session is over; without `session_id`, all sessions of the user, or all but the one that asked."""

    type = "sallyport.session.ended.v1"
    reason: Literal["signed_out", "ended_by_user", "ended_by_operator", "ended_from_mail", "token_reused"]
    session_id: str | None = None


class AuthenticationRefused(Event, frozen=True):
    """A password, code or credential was refused. The subject is missing if the address has no account."""

    type = "sallyport.authentication.refused.v1"
    is_by_subject = False
    factor: str
    reason: Literal["unknown_address", "wrong", "disabled", "limit", "deleted"]


class MigrationFailed(Event, frozen=True):
    """The migration function has failed, or its answer cannot be used; the sign-in was refused."""

    type = "sallyport.migration.failed.v1"
    is_by_subject = False
    problem: str


class AccountLocked(Event, frozen=True):
    """After too many wrong passwords, the password signs in from known places alone."""

    type = "sallyport.account.locked.v1"
    is_by_subject = False


class RefreshTokenReused(Event, frozen=True):
    """A spent refresh token came back, so its session was ended (RFC 9700 §4.14)."""

    type = "sallyport.refresh_token.reused.v1"
    is_by_subject = False
    session_id: str


class FactorAdded(Event, frozen=True):
    """A second factor was confirmed."""

    type = "sallyport.factor.added.v1"
    factor: str


class FactorRemoved(Event, frozen=True):
    """A second factor was removed."""

    type = "sallyport.factor.removed.v1"
    factor: str


class RecoveryCodesMade(Event, frozen=True):
    """New recovery codes replaced the old ones."""

    type = "sallyport.recovery_codes.made.v1"


class PasswordChanged(Event, frozen=True):
    """A new password: by the signed-in user, or by a reset with a mailed code."""

    type = "sallyport.password.changed.v1"
    by: Literal["user", "reset"]


class AddressChanged(Event, frozen=True):
    """The user has a new address."""

    type = "sallyport.address.changed.v1"


class AddressChangeUndone(Event, frozen=True):
    """The owner of the old address has taken the change back; all sessions are over."""

    type = "sallyport.address.change_undone.v1"


class ProfileChanged(Event, frozen=True):
    """The user has changed these fields of the profile."""

    type = "sallyport.profile.changed.v1"
    fields: list[str]


class RolesChanged(Event, frozen=True):
    """The user has these roles now."""

    type = "sallyport.roles.changed.v1"
    roles: list[str]


class DataExported(Event, frozen=True):
    """The user has received everything that is stored about them."""

    type = "sallyport.data.exported.v1"


class DeletionRequested(Event, frozen=True):
    """The account is to be deleted at this time (RFC 3339)."""

    type = "sallyport.deletion.requested.v1"
    delete_at: str


class DeletionCancelled(Event, frozen=True):
    """A sign-in has taken the deletion back."""

    type = "sallyport.deletion.cancelled.v1"


class UserDeleted(Event, frozen=True):
    """Everything about the user is deleted."""

    type = "sallyport.user.deleted.v1"


class UserDisabled(Event, frozen=True):
    """An operator has disabled the user; all sessions are over."""

    type = "sallyport.user.disabled.v1"


class UserEnabled(Event, frozen=True):
    """An operator has enabled the user."""

    type = "sallyport.user.enabled.v1"


class UserUnlocked(Event, frozen=True):
    """An operator has reset the counters of wrong passwords and codes."""

    type = "sallyport.user.unlocked.v1"


class UserViewed(Event, frozen=True):
    """An operator has looked at the user."""

    type = "sallyport.user.viewed.v1"


class UsersListed(Event, frozen=True):
    """An operator has listed users."""

    type = "sallyport.users.listed.v1"
    count: int


class UsersImported(Event, frozen=True):
    """An operator has imported a batch of users."""

    type = "sallyport.users.imported.v1"
    count: int


class UsersExported(Event, frozen=True):
    """An operator has exported a batch of users, with their hashes."""

    type = "sallyport.users.exported.v1"
    count: int


class SigningKeysRotated(Event, frozen=True):
    """The next signing key signs."""

    type = "sallyport.signing_keys.rotated.v1"


class SigningKeysRevoked(Event, frozen=True):
    """Tokens of all retired signing keys are refused."""

    type = "sallyport.signing_keys.revoked.v1"


class Reconciled(Event, frozen=True):
    """The reconciler has mended something; `kind` says what."""

    type = "sallyport.reconciled.v1"
    kind: str
    count: int


def _types() -> dict[str, type[Event]]:
    return {one.type: one for one in Event.__subclasses__()}


EVENT_TYPES = _types()
"""`type` → its struct."""


def schema(event: type[Event]) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of an event of this type, as the bus and the log group have it."""
    data = msgspec.json.schema(event, ref_template="#/$defs/{name}")
    definitions = data.pop("$defs")
    text = {"type": "string"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": event.type,
        "description": (event.__doc__ or "").strip(),
        "type": "object",
        "properties": {
            MARK: {"const": SPEC_VERSION},
            "type": {"const": event.type},
            "id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "source": {"type": "string", "pattern": f"^{SOURCE}/"},
            "time": {"type": "string", "format": "date-time"},
            "subject": {"type": "string", "description": "the user's id"},
            "actor": {**text, "description": "the user's id, or the ARN of an operator"},
            "network": {**text, "description": "the caller's /24 (IPv4) or /48 (IPv6)"},
            "requestid": text,
            "data": definitions[event.__name__],
        },
        "required": [MARK, "type", "id", "source", "time", "data"],
        "additionalProperties": False,
    }
