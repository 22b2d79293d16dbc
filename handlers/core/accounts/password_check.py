"""The check of a password: the same work for every address and every outcome."""

import contextlib

from contract.acr import PASSWORD
from contract.events import AccountLocked, AuthenticationRefused
from contract.mail import NOBODYS_MAILBOX
from handlers.core.accounts import addresses, passwords
from handlers.core.accounts.users import Account, Profile
from handlers.core.limits import passwords as password_limits
from handlers.core.limits.passwords import Attempt
from handlers.core.limits.places import Place
from handlers.core.ports import Services
from handlers.errors import BadRequest, Contended, InvalidCredentials, SecondFactorNeeded, TooMany

DECOY_USER_ID = "decoy"
"""The user without an address: the password of an unknown address is checked against this user's."""

CLOSED_SUBJECT = "Wrong passwords for your account"
CLOSED_MAIL = """Somebody has tried a hundred wrong passwords for your account. None was right.

For now the password opens your account only from where you have signed in with it before. Sign in there, or reset the
password, and it opens your account everywhere again. A passkey and a mailed code work everywhere.
"""


def check_password(services: Services, email: str, password: str, place: Place, now: int) -> Account:
    """Return the account of this address and password. Raises `InvalidCredentials`.

    The attempt is counted before the password is checked, so that a thousand parallel guesses count a thousand.
    """
    address = _address(email)
    user_id = services.directory.owner_of(address) or DECOY_USER_ID
    account, credential = services.directory.account_and_credential(user_id)
    epoch = account.profile.epoch if account.profile else 0
    pepper, limits = services.pepper(), services.sign_in_limits
    attempt = password_limits.attempt(limits, pepper, address, epoch, place, account.places, now)
    is_open = _consume(services, attempt, address, user_id, now)
    phc = services.password_cipher.decrypt(credential.password, user_id)
    normal = _password(password)
    is_right = passwords.matches(phc, normal)
    profile = account.profile
    if not is_right or not is_open or user_id == DECOY_USER_ID or profile is None or profile.disabled:
        _record(services, user_id, profile, is_open=is_open, is_right=is_right)
        raise InvalidCredentials
    services.directory.accept_password(credential, _upgraded(services, phc, normal, user_id), attempt.reset)
    if attempt.is_known:
        with contextlib.suppress(Contended):  # by guesses of others meanwhile; the owner is signed in all the same
            services.counters.reset(attempt.in_a_row.counter)
    return account


def check_single_factor(services: Services, email: str, password: str, place: Place) -> str:
    """Return the address of a user without a second factor. Raises `InvalidCredentials`, `SecondFactorNeeded`."""
    profile = check_password(services, email, password, place, services.now()).profile
    if profile is None or profile.has_second_factor:
        raise SecondFactorNeeded
    return profile.email


def _consume(services: Services, attempt: Attempt, address: str, user_id: str, now: int) -> bool:
    """Return whether the limits have room. The owner is told, once in 30 days, that unknown places are closed.

    For an address without an owner a mail is sent to a mailbox that drops it, at the same cost.
    """
    is_known = user_id != DECOY_USER_ID
    try:
        services.counters.consume(attempt.consumes, now)
    except TooMany as full:
        is_closed = attempt.in_a_row.counter in full.counters
        if is_closed and services.counters.count(attempt.told) == 1:
            if is_known:
                services.events.emit(AccountLocked(), user_id)
            if services.mailer:
                services.mailer.notify(address if is_known else NOBODYS_MAILBOX, CLOSED_SUBJECT, CLOSED_MAIL)
        return False
    return True


def _record(services: Services, user_id: str, profile: Profile | None, *, is_open: bool, is_right: bool) -> None:
    """Record the refusal with its reason, which the caller is not told."""
    if user_id == DECOY_USER_ID or profile is None:
        services.events.emit(AuthenticationRefused(PASSWORD, "unknown_address"))
    elif not is_open:
        services.events.emit(AuthenticationRefused(PASSWORD, "limit"), user_id)
    else:
        services.events.emit(AuthenticationRefused(PASSWORD, "disabled" if is_right else "wrong"), user_id)


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


def _upgraded(services: Services, phc: str, password: str, user_id: str) -> bytes | None:
    """Return the encrypted hash with today's parameters, unless it has them."""
    if not passwords.is_outdated(phc):
        return None
    return services.password_cipher.encrypt(passwords.hash_password(password), user_id)
