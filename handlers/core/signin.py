"""Checking a password: the same work for everyone, whatever the outcome."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from contract.limits import SignInLimits
from contract.mail import NOBODYS_MAILBOX
from handlers.core import addresses, password_limits, passwords, sessions, tokens
from handlers.core.password_limits import Attempt
from handlers.core.places import Place
from handlers.core.ports import Counters, Directory, Mailer, Signer, Vault
from handlers.core.sessions import Random
from handlers.core.users import Account
from handlers.errors import BadRequest, Contended, InvalidCredentials, SecondFactorNeeded, TooMany

DECOY_USER_ID = "decoy"
"""A user whom nobody can be: unknown addresses are checked against its credential."""

CLOSED_SUBJECT = "Wrong passwords for your account"
CLOSED_MAIL = """Somebody has tried a hundred wrong passwords for your account. None was right.

For now the password opens your account only from where you have signed in with it before. Sign in there, or reset the
password, and it opens your account everywhere again. A passkey and a mailed code work everywhere.
"""


@dataclass(frozen=True)
class SignedIn:
    """The two tokens of a session. `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True)
class Door:
    """What hands out tokens: the directory, and the issuer with its key."""

    directory: Directory
    signer: Signer
    issuer: tokens.Issuer


@dataclass(frozen=True)
class PasswordCheck:
    """What a password is judged with. `mailer` is None on stacks that send no mail."""

    directory: Directory
    vault: Vault
    counters: Counters
    limits: SignInLimits
    pepper: Callable[[], bytes]
    mailer: Mailer | None


def check_password(check: PasswordCheck, email: str, password: str, place: Place, now: int) -> Account:
    """Whose password it is. Raises `InvalidCredentials`.

    The attempt is charged before the password is looked at, so that a thousand parallel guesses count a thousand.
    """
    address = _address(email)
    user_id = check.directory.owner_of(address) or DECOY_USER_ID
    account, credential = check.directory.account_and_credential(user_id)
    epoch = account.profile.epoch if account.profile else 0
    attempt = password_limits.attempt(check.limits, check.pepper(), address, epoch, place, account.places, now)
    is_open = _charge(check, attempt, address, now, is_known=user_id != DECOY_USER_ID)
    phc = check.vault.unseal(credential.password, user_id)
    normal = _password(password)
    is_right = passwords.matches(phc, normal)
    profile = account.profile
    if not is_right or not is_open or user_id == DECOY_USER_ID or profile is None or profile.disabled:
        raise InvalidCredentials
    check.directory.forgive(credential, _upgraded(check.vault, phc, normal, user_id), attempt.forgiven)
    if attempt.is_known:
        with contextlib.suppress(Contended):  # by those who guess meanwhile; the owner is in all the same
            check.counters.forget(attempt.in_a_row.counter)
    return account


def check_without_factor(check: PasswordCheck, email: str, password: str, place: Place, now: int) -> str:
    """The address of a user whose password is all that they need. Raises `InvalidCredentials`, `SecondFactorNeeded`."""
    profile = check_password(check, email, password, place, now).profile
    if profile is None or profile.has_second_factor:
        raise SecondFactorNeeded
    return profile.email


def issue(door: Door, rotated: sessions.Rotated, now: int, random: Random) -> SignedIn:
    """The tokens of a session; they are worth nothing until it is stored."""
    claims = tokens.claims(rotated.session, door.issuer, now, random)
    return SignedIn(door.signer.sign(claims), rotated.refresh_token, claims["exp"] - now)


def _charge(check: PasswordCheck, attempt: Attempt, address: str, now: int, *, is_known: bool) -> bool:
    """Whether the limits have room. When they close an account for unknown places, its owner is told, once in 30 days;
    for an address without an owner a mail is sent to nobody, at the same cost.
    """
    try:
        check.counters.charge(attempt.charges, now)
    except TooMany as full:
        if check.mailer and attempt.in_a_row.counter in full.counters and check.counters.count(attempt.told) == 1:
            check.mailer.notify(address if is_known else NOBODYS_MAILBOX, CLOSED_SUBJECT, CLOSED_MAIL)
        return False
    return True


def _address(email: str) -> str:
    """An address that cannot be anybody's is nobody's, and costs the same work as any other unknown one."""
    try:
        return addresses.normalise(email)
    except BadRequest:
        return "nobody@invalid"


def _password(password: str) -> str:
    try:
        return passwords.normalise(password)
    except BadRequest:
        return ""


def _upgraded(vault: Vault, phc: str, password: str, user_id: str) -> bytes | None:
    if not passwords.is_outdated(phc):
        return None
    return vault.seal(passwords.hash_password(password), user_id)
