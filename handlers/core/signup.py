"""Signing up: a challenge now, a user when its code comes back. A taken address costs the same and tells nothing."""

import uuid
from dataclasses import dataclass

from handlers.core import addresses, challenges, passwords
from handlers.core.challenges import Random
from handlers.core.ports import Directory, Mailer, Vault
from handlers.errors import InvalidChallenge, UserExists

MINUTES = challenges.LIFETIME_SECONDS // 60
CODE_MAIL = """Your code is {code}.

It finishes your sign-up within {minutes} minutes. If you did not ask for it, do nothing: without the code there is
no account.
"""
TAKEN_MAIL = """Somebody tried to sign up with this address, which has an account already.

If it was you, sign in instead. If it was not, there is nothing to do: nothing has changed.
"""


@dataclass(frozen=True)
class Candidate:
    """Who would become a user: an id of their own already, and the password sealed for it."""

    user_id: str
    email: str
    password: bytes


def prepare(vault: Vault, email: str, password: str, random: Random) -> Candidate:
    """Check address and password and seal the password. Raises `BadRequest`, `WeakPassword`."""
    address = addresses.normalise(email)
    normal = passwords.normalise(password)
    passwords.check(normal, address)
    user_id = uuid.UUID(bytes=random(16), version=4).hex
    return Candidate(user_id, address, vault.seal(passwords.hash_password(normal), user_id))


def start(directory: Directory, mailer: Mailer, candidate: Candidate, now: int, random: Random) -> str:
    """Open a challenge, mail its code, and answer the challenge's id.

    The owner of a taken address is told by mail instead; nobody ever learns the code of that challenge.
    Raises `TooManySignUps`.
    """
    directory.count_sign_up(candidate.email, now)
    is_taken = directory.owner_of(candidate.email) is not None
    opened = challenges.open_sign_up(candidate.email, candidate.user_id, candidate.password, now, random)
    directory.open_challenge(opened.stored)
    if is_taken:
        mailer.send(candidate.email, "You have an account already", TAKEN_MAIL)
    else:
        mailer.send(candidate.email, "Your code", CODE_MAIL.format(code=opened.code, minutes=MINUTES))
    return opened.id


def confirm(directory: Directory, challenge_id: str, code: str, now: int) -> str:
    """Create the user whose code this is, and answer the user's id. Raises `InvalidChallenge`, `UserExists`."""
    challenge = directory.try_challenge(challenges.hash_id(challenge_id), now)
    if challenge is None or not challenges.is_answer(challenge, challenge_id, code):
        raise InvalidChallenge
    directory.create_user(challenge.user_id, challenge.email, challenge.password, now, challenge.id_hash)
    return challenge.user_id


def create(directory: Directory, candidate: Candidate, now: int) -> str:
    """Create the user at once, for stacks that do not confirm addresses. Raises `UserExists`."""
    if directory.owner_of(candidate.email) is not None:
        raise UserExists
    directory.create_user(candidate.user_id, candidate.email, candidate.password, now, None)
    return candidate.user_id
