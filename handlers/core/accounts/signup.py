"""Sign-up: first a challenge, then the user, once its code comes back. A taken address costs the same work."""

import uuid
from dataclasses import dataclass, replace

from contract.events import UserCreated
from contract.table import SIGN_UP_COUNTERS
from handlers.core.accounts import addresses, mailing, passwords
from handlers.core.accounts.mailed_codes import MailedCode, code_mail
from handlers.core.accounts.users import NewUser
from handlers.core.limits import counters, mail, places
from handlers.core.limits.places import KnownPlaces, Place
from handlers.core.mails.letter import Mail, language_for, preferred_language
from handlers.core.mfa import challenges
from handlers.core.mfa.challenges import LIFETIME_SECONDS
from handlers.core.ports import Breaches
from handlers.core.services import Services
from handlers.errors import InvalidChallenge, TooMany, UserExists

MINUTES = LIFETIME_SECONDS // 60


@dataclass(frozen=True)
class Created:
    """A user that was created."""

    user_id: str


def sign_up(services: Services, email: str, password: str, place: Place) -> Created | MailedCode:
    """Create the user, or where addresses are confirmed, open a challenge and mail its code.

    Raises `BadRequest`, `WeakPassword`; `UserExists` where addresses are not confirmed, else `TooMany`,
    `MailUnavailable`.
    """
    now = services.now()
    candidate = _prepare(services, email, password, services.breaches)
    if services.confirms_email:
        return _start(services, candidate, place, now)
    candidate = replace(candidate, locale=preferred_language(place.language))
    return _create(services, candidate, UserCreated("sign_up"))


def create(services: Services, email: str, password: str) -> Created:
    """Create a user without a mailed code. Raises `BadRequest`, `WeakPassword`, `UserExists`."""
    return _create(services, _prepare(services, email, password, None), UserCreated("operator"))


def confirm(services: Services, challenge_id: str, code: str, place: Place) -> Created:
    """Create the user of a sign-up with the mailed code. Raises `InvalidChallenge`, `UserExists`.

    The second and further tries share a limit of the whole stage. The first is always free, so that strangers cannot
    close sign-up.
    """
    now = services.now()
    challenge = services.directory.try_challenge(challenges.hash_id(challenge_id), now)
    if challenge is None:
        raise InvalidChallenge
    if challenge.tries > 1:
        _consume_later_try(services, now)
    if not challenges.is_answer(challenge, challenge_id, code):
        raise InvalidChallenge
    user = NewUser(
        user_id=challenge.user_id,
        email=challenge.email,
        password=challenge.password,
        roles=services.default_roles,
        created_at=now,
        locale=preferred_language(place.language),
    )
    known = places.after_sign_in(KnownPlaces(user.user_id), services.pepper(), place, now)
    services.directory.create_user(user, challenge.id_hash, known)
    services.events.emit(UserCreated("sign_up"), user.user_id)
    return Created(user.user_id)


def _prepare(services: Services, email: str, password: str, breaches: Breaches | None) -> NewUser:
    """Check address and password, and encrypt the password's hash. Raises `BadRequest`, `WeakPassword`."""
    address = addresses.normalise(email)
    normal = passwords.normalise(password)
    passwords.check(normal, address, breaches)
    user_id = uuid.UUID(bytes=services.random(16), version=4).hex
    encrypted = services.password_cipher.encrypt(passwords.hash_password(normal), user_id)
    roles, now = services.default_roles, services.now()
    return NewUser(user_id=user_id, email=address, password=encrypted, roles=roles, created_at=now)


def _start(services: Services, candidate: NewUser, place: Place, now: int) -> MailedCode:
    """Open a challenge and mail its code. The owner of a taken address gets a notice, and nobody gets that code."""
    email, user_id = candidate.email, candidate.user_id
    mailing.consume(services, mail.SIGN_UP, email, place, KnownPlaces(user_id), now)
    is_taken = services.accounts.is_taken(email, now)
    opened = challenges.open_sign_up(email, user_id, candidate.password, now, services.random)
    services.directory.open_challenge(opened.challenge)
    if is_taken:
        mailing.send(services, email, Mail("sign_up_taken", language_for(place.language)), now, is_notice=True)
    else:
        letter = code_mail("sign_up_code", opened.code, language_for(place.language))
        mailing.send(services, email, letter, now, is_notice=False)
    return MailedCode(opened.id, LIFETIME_SECONDS)


def _create(services: Services, candidate: NewUser, event: UserCreated) -> Created:
    if services.accounts.is_taken(candidate.email, candidate.created_at):
        raise UserExists
    services.directory.create_user(candidate)
    services.events.emit(event, candidate.user_id)
    return Created(candidate.user_id)


def _consume_later_try(services: Services, now: int) -> None:
    most = services.sign_in_limits.later_sign_up_tries_per_day
    try:
        services.counters.consume([counters.daily(f"{SIGN_UP_COUNTERS}later", 1, most, now)], now)
    except TooMany:
        raise InvalidChallenge from None
