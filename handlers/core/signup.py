"""Signing up: a challenge now, a user when its code comes back. A taken address costs the same and tells nothing."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from contract.limits import SignInLimits
from handlers.core import addresses, challenges, limits, mail_limits, passwords, places
from handlers.core.challenges import Random
from handlers.core.mailing import Post
from handlers.core.places import KnownPlaces, Place
from handlers.core.ports import Breaches, Counters, Directory, Vault
from handlers.errors import InvalidChallenge, TooMany, UserExists

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


def prepare(vault: Vault, email: str, password: str, random: Random, breaches: Breaches | None) -> Candidate:
    """Check address and password and seal the password. Raises `BadRequest`, `WeakPassword`."""
    address = addresses.normalise(email)
    normal = passwords.normalise(password)
    passwords.check(normal, address, breaches)
    user_id = uuid.UUID(bytes=random(16), version=4).hex
    return Candidate(user_id, address, vault.seal(passwords.hash_password(normal), user_id))


def start(directory: Directory, post: Post, candidate: Candidate, place: Place, now: int, random: Random) -> str:
    """Open a challenge, mail its code, and answer the challenge's id.

    The owner of a taken address is told by mail instead; nobody ever learns the code of that challenge.
    Raises `TooMany`, `MailUnavailable`.
    """
    post.charge(mail_limits.SIGN_UP, candidate.email, place, KnownPlaces(candidate.user_id), now)
    is_taken = directory.owner_of(candidate.email) is not None
    opened = challenges.open_sign_up(candidate.email, candidate.user_id, candidate.password, now, random)
    directory.open_challenge(opened.stored)
    if is_taken:
        post.send(candidate.email, "You have an account already", TAKEN_MAIL, now, is_notice=True)
    else:
        text = CODE_MAIL.format(code=opened.code, minutes=MINUTES)
        post.send(candidate.email, "Your code", text, now, is_notice=False)
    return opened.id


@dataclass(frozen=True)
class Confirmation:
    """What sign-up codes are judged with."""

    directory: Directory
    counters: Counters
    limits: SignInLimits
    pepper: Callable[[], bytes]


def confirm(judge: Confirmation, challenge_id: str, code: str, place: Place, now: int) -> str:
    """Create the user whose code this is, and answer the user's id. Raises `InvalidChallenge`, `UserExists`.

    Second and further tries share a limit of the whole stage; the first is always free, so that nobody can close
    sign-up for everybody.
    """
    challenge = judge.directory.try_challenge(challenges.hash_id(challenge_id), now)
    if challenge is None:
        raise InvalidChallenge
    if challenge.tries > 1:
        _charge_later_try(judge, now)
    if not challenges.is_answer(challenge, challenge_id, code):
        raise InvalidChallenge
    known = places.after_sign_in(KnownPlaces(challenge.user_id), judge.pepper(), place, now)
    judge.directory.create_user(challenge.user_id, challenge.email, challenge.password, now, challenge.id_hash, known)
    return challenge.user_id


def _charge_later_try(judge: Confirmation, now: int) -> None:
    try:
        judge.counters.charge([limits.daily("signup:later", 1, judge.limits.later_sign_up_tries_per_day, now)], now)
    except TooMany:
        raise InvalidChallenge from None


def create(directory: Directory, candidate: Candidate, now: int) -> str:
    """Create the user at once, for stacks that do not confirm addresses. Raises `UserExists`."""
    if directory.owner_of(candidate.email) is not None:
        raise UserExists
    directory.create_user(candidate.user_id, candidate.email, candidate.password, now)
    return candidate.user_id
