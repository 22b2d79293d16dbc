"""The check of a password: the same work for every address and every outcome."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from contract.acr import PASSWORD
from contract.events import AccountLocked, AuthenticationRefused
from contract.mail import NOBODYS_MAILBOX
from handlers.core.accounts import addresses, passwords
from handlers.core.accounts.users import AcceptedPassword, Account, Credential
from handlers.core.limits import passwords as password_limits
from handlers.core.limits.passwords import Attempt
from handlers.core.limits.places import Place
from handlers.core.mails.letter import Mail, language_for
from handlers.core.services import Services
from handlers.errors import BadRequest, Contended, InvalidCredentials, SecondFactorNeeded, TooMany

DECOY_USER_ID = "decoy"
"""The user without an address: the password of an unknown address is checked against this user's."""


@dataclass(frozen=True)
class _User:
    """The user of an address; the decoy, if the address is unknown."""

    id: str
    account: Account
    credential: Credential

    @property
    def is_known(self) -> bool:
        return self.id != DECOY_USER_ID and self.account.profile is not None

    @property
    def is_disabled(self) -> bool:
        return self.account.profile is None or self.account.profile.disabled


@dataclass(frozen=True)
class _Check:
    """The outcome of a check. `phc` is the stored hash."""

    user: _User
    phc: str
    is_right: bool

    @property
    def is_accepted(self) -> bool:
        return self.is_right and self.user.is_known and not self.user.is_disabled


def check_password(services: Services, email: str, password: str, place: Place, now: int) -> Account:
    """Return the account of this address and password. Raises `InvalidCredentials`."""
    account, accepted = verify_password(services, email, password, place, now)
    accept(services.directory.accept_password, accepted)
    return account


def accept(write: Callable[[AcceptedPassword], None], accepted: AcceptedPassword) -> None:
    """Write what follows from a right password; without the shared counters, if others are just changing them.

    Raises `InvalidCredentials` if the password was changed meanwhile, and then nothing is written.
    """
    try:
        write(accepted)
    except Contended:
        if not accepted.shared:
            raise
        write(replace(accepted, shared=()))


def verify_password(
    services: Services, email: str, password: str, place: Place, now: int
) -> tuple[Account, AcceptedPassword]:
    """Return the account of this address and password, and what is still to be written. Raises `InvalidCredentials`.

    The attempt is counted before the password is checked, so that a thousand parallel guesses count a thousand.
    """
    address, normal = _address(email), _password(password)
    user = _find(services, address)
    epoch = user.account.profile.epoch if user.account.profile else 0
    pepper, limits = services.pepper(), services.sign_in_limits
    attempt = password_limits.attempt(limits, pepper, address, epoch, place, user.account.places, now)
    is_open = _consume(services, attempt, address, user, now)
    check = _check(services, user, normal)
    if services.migration and is_open and not check.is_accepted:
        check = _ask_elsewhere(services, check, address, password, normal)
    if not (is_open and check.is_accepted):
        _record(services, check, is_open=is_open)
        raise InvalidCredentials
    shared = (attempt.in_a_row.counter,) if attempt.is_known else ()
    upgraded = _upgraded(services, check, normal)
    return check.user.account, AcceptedPassword(check.user.credential, upgraded, attempt.reset, shared)


def check_single_factor(services: Services, email: str, password: str, place: Place) -> str:
    """Return the address of a user without a second factor. Raises `InvalidCredentials`, `SecondFactorNeeded`."""
    profile = check_password(services, email, password, place, services.now()).profile
    if profile is None or profile.has_second_factor:
        raise SecondFactorNeeded
    return profile.email


def _find(services: Services, address: str) -> _User:
    user_id = services.directory.owner_of(address) or DECOY_USER_ID
    return _User(user_id, *services.directory.account_and_credential(user_id))


def _check(services: Services, user: _User, normal: str) -> _Check:
    phc = services.password_cipher.decrypt(user.credential.password, user.id)
    return _Check(user, phc, passwords.matches(phc, normal))


def _ask_elsewhere(services: Services, refused: _Check, address: str, password: str, normal: str) -> _Check:
    """Ask the migration function, once for every refusal within the limits. Return the check of a migrated user."""
    from handlers.core.accounts import migration  # only on stacks that have the function

    if refused.user.is_known or not normal:
        migration.ask_in_vain(services)
        return refused
    is_migrated = migration.migrate(services, address, password)
    return _check(services, _find(services, address), normal) if is_migrated else refused


def _consume(services: Services, attempt: Attempt, address: str, user: _User, now: int) -> bool:
    """Return whether the limits have room. The owner is told, once in 30 days, that unknown places are closed.

    For an address without an owner a mail is sent to a mailbox that drops it, at the same cost.
    """
    try:
        services.counters.consume(attempt.consumes, now)
    except TooMany as full:
        is_closed = attempt.in_a_row.counter in full.counters
        if is_closed and services.counters.count(attempt.told) == 1:
            if user.is_known:
                services.events.emit(AccountLocked(), user.id)
            if services.mailer:
                profile = user.account.profile
                letter = Mail("wrong_passwords", language_for(profile.details.locale if profile else None))
                services.mailer.notify(address if user.is_known else NOBODYS_MAILBOX, letter)
        return False
    return True


def _record(services: Services, refused: _Check, *, is_open: bool) -> None:
    """Record the refusal with its reason, which the caller is not told."""
    user = refused.user
    if not user.is_known:
        services.events.emit(AuthenticationRefused(PASSWORD, "unknown_address"))
    elif not is_open:
        services.events.emit(AuthenticationRefused(PASSWORD, "limit"), user.id)
    else:
        services.events.emit(AuthenticationRefused(PASSWORD, "disabled" if refused.is_right else "wrong"), user.id)


def _address(email: str) -> str:
    """Return the normalised address. An address that cannot exist has no owner, and costs the same work."""
    try:
        return addresses.normalise(email)
    except BadRequest:
        return "nobody@invalid"


def _password(password: str) -> str:
    try:
        return passwords.normalise(password)
    except BadRequest:
        return ""


def _upgraded(services: Services, accepted: _Check, normal: str) -> bytes | None:
    """Return the encrypted hash with today's parameters, unless it has them."""
    if not passwords.is_outdated(accepted.phc):
        return None
    return services.password_cipher.encrypt(passwords.hash_password(normal), accepted.user.id)
