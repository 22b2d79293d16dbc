"""Import of users, in batches: every row is one transaction, and may be repeated."""

import hashlib
import hmac
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum

import msgspec

from contract import factors as kinds
from contract.events import UsersImported
from contract.roles import Roles
from contract.transfer import MOST_ROWS, UserRow
from handlers.core.accounts import addresses, password_hashes, passwords, profiles
from handlers.core.accounts.users import Details, NewUser
from handlers.core.mfa.factor_type import Enrolled
from handlers.core.ports import FactorCipher
from handlers.core.services import Services
from handlers.errors import ApiError, BadRequest

WORKERS = 8
MOST_BYTES = 16 * 1024
"""Of a row: as many as of a request."""


class Outcome(StrEnum):
    """What became of a row."""

    IMPORTED = "imported"
    ALREADY = "already"
    """The same row was imported before."""
    KEPT = "kept"
    """The user is there, with other data, which an import does not change."""
    TAKEN = "taken"
    """The address, or the id, is another user's."""
    DELETED = "deleted"
    """The user of this address was deleted, and the row has no id, by which an operator brings the user back."""


@dataclass(frozen=True, kw_only=True)
class UserImport:
    """A user to be written with all items. `digest` identifies the row.

    With `restores`, a user of this id who was deleted comes back.
    """

    user: NewUser
    details: Details
    disabled: bool
    factors: tuple[Enrolled, ...]
    digest: str
    restores: bool


@dataclass(frozen=True)
class Refused:
    """A row that is not imported, and why."""

    reason: str


Result = Outcome | Refused


def import_rows(services: Services, rows: Sequence[bytes], *, dry_run: bool) -> list[Result]:
    """Import rows; return what became of each. A dry run writes nothing, and says `imported` of what would be."""
    if len(rows) > MOST_ROWS:
        raise BadRequest(f"More than {MOST_ROWS} rows at once.")
    parsed = _without_doubles([_parsed(row) for row in rows])
    with ThreadPoolExecutor(WORKERS) as pool:
        results = list(pool.map(lambda row: _import(services, row, dry_run=dry_run), parsed))
    count = results.count(Outcome.IMPORTED)
    if count and not dry_run:
        services.events.emit(UsersImported(count))
    return results


def import_row(services: Services, row: UserRow) -> str | None:
    """Import one user; return the id, or None if the user is there already, or was deleted. Raises `BadRequest`."""
    encrypted = _encrypted(services, row, replace(_prepared(services, row), restores=False))
    is_imported = services.accounts.import_user(encrypted) is Outcome.IMPORTED
    return encrypted.user.user_id if is_imported else None


def reason(error: msgspec.ValidationError) -> str:
    """Return why JSON does not fit a struct, in terms of its fields and without its values."""
    text = str(error)
    if text.startswith(("Object contains unknown field", "Object missing required field")):
        return text[0].lower() + text[1:].partition(" - ")[0]
    _, _, path = text.partition(" - at `$.")
    return f"`{path.rstrip('`')}` is not as it should be" if path else "it is not an object"


def _parsed(raw: bytes) -> UserRow | Refused:
    if len(raw) > MOST_BYTES:
        return Refused(f"the row has more than {MOST_BYTES} bytes")
    try:
        return msgspec.json.decode(raw, type=UserRow)
    except msgspec.ValidationError as error:
        return Refused(reason(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Refused("the row is not JSON")


def _without_doubles(rows: list[UserRow | Refused]) -> list[UserRow | Refused]:
    """Refuse rows whose address stands in an earlier one: rows are imported at once, and the first is meant."""
    seen: set[str] = set()
    kept: list[UserRow | Refused] = []
    for row in rows:
        address = row.email.lower() if isinstance(row, UserRow) else ""
        kept.append(Refused("the address stands in an earlier row") if address and address in seen else row)
        seen.add(address)
    return kept


def _import(services: Services, row: UserRow | Refused, *, dry_run: bool) -> Result:
    if isinstance(row, Refused):
        return row
    try:
        prepared = _prepared(services, row)
    except ApiError as error:
        return Refused(str(error))
    if dry_run:
        return _foreseen(services, prepared)
    outcome = services.accounts.import_user(_encrypted(services, row, prepared))
    return _of_known(services, prepared) if outcome is Outcome.TAKEN else outcome


def _of_known(services: Services, prepared: UserImport) -> Outcome:
    """Return what a row is whose address or id is in use."""
    if services.accounts.is_imported(prepared):
        return Outcome.ALREADY
    is_same = services.directory.owner_of(prepared.user.email) == prepared.user.user_id
    return Outcome.KEPT if is_same else Outcome.TAKEN


def _prepared(services: Services, row: UserRow) -> UserImport:
    """Check a row; passwords and factors are not encrypted yet. Raises `BadRequest`."""
    address = addresses.normalise(row.email)
    _check_roles(row, services.roles)
    if row.password_hash is not None and not password_hashes.is_supported(row.password_hash):
        raise BadRequest("the password hash is of an algorithm, or a cost, that is not supported")
    attributes = profiles.checked_attributes(services, row.attributes or {})
    details = Details(name=row.name, locale=row.locale, picture=row.picture, attributes=attributes)
    user = NewUser(
        user_id=row.id or _id_of(services.pepper(), address),
        email=address,
        password=b"",
        roles=services.default_roles if row.roles is None else tuple(row.roles),
        created_at=row.created_at if row.created_at is not None else services.now(),
    )
    digest = hashlib.sha256(msgspec.json.encode(row, order="deterministic")).hexdigest()
    return UserImport(
        user=user,
        details=details,
        disabled=row.disabled,
        factors=(),
        digest=digest,
        restores=row.id is not None,
    )


def _foreseen(services: Services, prepared: UserImport) -> Outcome:
    known = _of_known(services, prepared)
    if known is not Outcome.TAKEN:
        return known
    if not prepared.restores and services.accounts.was_deleted(prepared.user.user_id):
        return Outcome.DELETED
    is_free = not services.accounts.is_taken(prepared.user.email, services.now())
    return Outcome.IMPORTED if is_free else Outcome.TAKEN


def _encrypted(services: Services, row: UserRow, prepared: UserImport) -> UserImport:
    """Return the import with the password and the factors encrypted for its user."""
    user = prepared.user
    usable = row.password_hash if row.email_verified else None
    phc = usable or passwords.hash_password(services.random(32).hex())  # of a password that nobody knows
    encrypted = services.password_cipher.encrypt(phc, user.user_id)
    factors = (_totp(services.factor_cipher, user, row.totp),) if row.totp else ()
    return replace(prepared, user=replace(user, password=encrypted), factors=factors)


def _totp(cipher: FactorCipher, user: NewUser, secret: str) -> Enrolled:
    return Enrolled(
        user_id=user.user_id,
        id=kinds.TOTP,
        kind=kinds.TOTP,
        hint="authenticator app",
        confirmed=True,
        created_at=user.created_at,
        encrypted=cipher.encrypt({"secret": secret}, user.user_id, kinds.TOTP),
    )


def _check_roles(row: UserRow, roles: Roles) -> None:
    for role in row.roles or ():
        if role not in roles:
            raise BadRequest(f"the stack has no role {role}")


def _id_of(pepper: bytes, address: str) -> str:
    """Return an id that follows from the address, so that a repeated row is the same user."""
    return hmac.digest(pepper, f"import\0{address}".encode(), "sha256").hex()[:32]
