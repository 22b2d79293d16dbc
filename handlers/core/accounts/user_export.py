"""Export of users with their hashes and TOTP secrets, in pages of rows as an import takes them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from contract import factors as kinds
from contract.events import UsersExported
from contract.transfer import MOST_ROWS, UserRow
from handlers.core.accounts import user_list
from handlers.core.accounts.user_list import Query
from handlers.core.accounts.users import Profile
from handlers.core.ports import Undecryptable
from handlers.core.services import Services
from handlers.errors import ApiError

WORKERS = 8


@dataclass(frozen=True)
class Unreadable:
    """A user whose password hash or factor KMS does not decrypt: the item was damaged, or copied from elsewhere."""

    user_id: str


@dataclass(frozen=True)
class ExportedUsers:
    """A page of an export. `unreadable` has user ids; `next` continues the export, and is empty at the end."""

    rows: list[UserRow]
    unreadable: list[str]
    next: str


def export(services: Services, after: str) -> ExportedUsers:
    """Return a page of users with their hashes and TOTP secrets."""
    page = user_list.find(services, Query(after=after, limit=MOST_ROWS))
    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(lambda user: _row(services, user.user_id), page.users))
    rows = [one for one in found if isinstance(one, UserRow)]
    services.events.emit(UsersExported(len(rows)))
    return ExportedUsers(rows, [one.user_id for one in found if isinstance(one, Unreadable)], page.next)


def _row(services: Services, user_id: str) -> UserRow | Unreadable | None:
    """Return the user as a row; None if the user is gone meanwhile."""
    try:
        account, credential = services.directory.account_and_credential(user_id)
    except ApiError:
        return None
    profile = account.profile
    if profile is None:
        return None
    factors = [one for one in services.factors.of(user_id) if one.kind == kinds.TOTP and one.confirmed]
    try:
        phc = services.password_cipher.decrypt(credential.password, user_id)
        totp = services.factor_cipher.decrypt(factors[0])["secret"] if factors else None
    except Undecryptable:
        return Unreadable(user_id)
    return _exported(profile, phc, totp)


def _exported(profile: Profile, phc: str, totp: str | None) -> UserRow:
    details = profile.details
    return UserRow(
        id=profile.user_id,
        email=profile.email,
        password_hash=phc,
        totp=totp,
        roles=list(profile.roles),
        created_at=profile.created_at,
        disabled=profile.disabled,
        name=details.name,
        locale=details.locale,
        picture=details.picture,
        attributes=dict(details.attributes) or None,
    )
