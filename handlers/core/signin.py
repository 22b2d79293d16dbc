"""Checking a password: the same work for everyone, whatever the outcome."""

from dataclasses import dataclass

from handlers.core import addresses, passwords, sessions, tokens
from handlers.core.ports import Directory, Signer, Vault
from handlers.core.sessions import Random
from handlers.core.users import Profile
from handlers.errors import BadRequest, InvalidCredentials, SecondFactorNeeded

DECOY_USER_ID = "decoy"
"""A user whom nobody can be: unknown addresses are checked against its credential."""


@dataclass(frozen=True)
class SignedIn:
    """The two tokens of a session. `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True)
class Door:
    """What the API door needs: the directory, the vault, and the issuer with its key."""

    directory: Directory
    vault: Vault
    signer: Signer
    issuer: tokens.Issuer


def check_password(directory: Directory, vault: Vault, email: str, password: str) -> Profile:
    """Whose password it is. Raises `InvalidCredentials`.

    The attempt is charged before the password is looked at, so that a thousand parallel guesses count a thousand.
    """
    user_id = directory.owner_of(_address(email)) or DECOY_USER_ID
    profile = directory.profile(user_id)
    credential = directory.attempt(user_id)
    phc = vault.unseal(credential.password, user_id)
    normal = _password(password)
    is_right = passwords.matches(phc, normal)
    if not is_right or credential.locked or user_id == DECOY_USER_ID or profile is None or profile.disabled:
        raise InvalidCredentials
    directory.forgive(credential, _upgraded(vault, phc, normal, user_id))
    return profile


def check_without_factor(directory: Directory, vault: Vault, email: str, password: str) -> str:
    """The address of a user whose password is all that they need. Raises `InvalidCredentials`, `SecondFactorNeeded`."""
    profile = check_password(directory, vault, email, password)
    if profile.has_second_factor:
        raise SecondFactorNeeded
    return profile.email


def issue(door: Door, rotated: sessions.Rotated, now: int, random: Random) -> SignedIn:
    """The tokens of a session; they are worth nothing until it is stored."""
    claims = tokens.claims(rotated.session, door.issuer, now, random)
    return SignedIn(door.signer.sign(claims), rotated.refresh_token, claims["exp"] - now)


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
