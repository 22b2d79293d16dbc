"""Lazy migration: a function of the team's is asked for an unknown address with its password, and the user is imported.

Every refusal within the limits asks once, whether or not the address is known here, so that neither time nor answer
tells the two apart.
"""

import msgspec

from contract.events import MigrationFailed, UserCreated
from contract.transfer import MigratedUser, UserRow
from handlers.core.accounts import passwords, user_import
from handlers.core.ports import Unanswered
from handlers.core.services import Services
from handlers.errors import BadRequest


def migrate(services: Services, address: str, password: str) -> bool:
    """Return whether the directory has the user now; the caller checks the password as for any other user.

    `password` is as it was typed, because the other system may have hashed that.
    """
    try:
        found = _ask(services, address, password)
        if found is None:
            return False
        if user_id := user_import.import_row(services, _row(address, password, found)):
            services.events.emit(UserCreated("migration"), user_id)
    except (Unanswered, BadRequest) as problem:
        services.events.emit(MigrationFailed(str(problem)))
        return False
    return True


def ask_in_vain(services: Services) -> None:
    """Ask for an address that nobody has, for the time that it takes."""
    try:
        _ask(services, f"{services.random(8).hex()}@example.invalid", services.random(16).hex())
    except Unanswered as problem:
        services.events.emit(MigrationFailed(str(problem)))


def _ask(services: Services, address: str, password: str) -> MigratedUser | None:
    """Return the user of the other system. Raises `Unanswered`."""
    answer = services.migration.ask(address, password) if services.migration else b"null"
    try:
        return msgspec.json.decode(answer, type=MigratedUser | None)
    except msgspec.ValidationError as error:
        raise Unanswered(user_import.reason(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unanswered("the answer is not JSON") from None


def _row(address: str, password: str, found: MigratedUser) -> UserRow:
    """Return the row of an import. Raises `BadRequest`."""
    if not found.email_verified:
        raise BadRequest("the address is not verified")
    phc = passwords.hash_password(passwords.normalise(password))
    return UserRow(email=address, password_hash=phc, **msgspec.structs.asdict(found))
