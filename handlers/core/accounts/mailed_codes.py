"""Codes by mail: to sign in without a password, to step up, and to reset the password."""

from dataclasses import dataclass

from contract import factors as kinds
from handlers.core.accounts import addresses, mailing
from handlers.core.accounts.users import Profile
from handlers.core.limits.places import Place
from handlers.core.mails.letter import Mail, language_for
from handlers.core.mfa import challenges, verification
from handlers.core.mfa.challenges import LIFETIME_SECONDS, NOBODY, Challenge, Purpose
from handlers.core.mfa.verification import MfaRequired
from handlers.core.services import Services

MINUTES = LIFETIME_SECONDS // 60
CODE_MAILS = {Purpose.SIGN_IN: "sign_in_code", Purpose.STEP_UP: "step_up_code", Purpose.RESET: "reset_code"}


@dataclass(frozen=True)
class MailedCode:
    """A challenge whose code is on its way. `expires_in` in seconds."""

    challenge_id: str
    expires_in: int


def start_sign_in(services: Services, email: str, place: Place) -> MailedCode:
    """Mail a code that signs in, or a notice. Raises `BadRequest`, `NoSuchFactor`, `TooMany`, `MailUnavailable`."""
    verification.offered(services, kinds.EMAIL)
    return _start(services, Purpose.SIGN_IN, email, place)


def start_reset(services: Services, email: str, place: Place) -> MailedCode:
    """Mail a code that resets the password, or a notice. Raises as `start_sign_in`."""
    return _start(services, Purpose.RESET, email, place)


def start_step_up(services: Services, profile: Profile, session_id: str, place: Place, now: int) -> MfaRequired:
    """Mail a code to the owner of a session, to verify the mailbox. Raises `TooMany`, `MailUnavailable`."""
    mailing.consume_of_session(services, profile.email, session_id, place, now)
    challenge_id, code = open_challenge(
        services, Purpose.STEP_UP, profile.user_id, profile.epoch, now, profile.email, session_id
    )
    _send_code(services, Purpose.STEP_UP, profile, code, place, now)
    return MfaRequired(challenge_id, LIFETIME_SECONDS, [verification.mailbox(profile, now)])


def _start(services: Services, purpose: Purpose, email: str, place: Place) -> MailedCode:
    """Mail a code, or a notice to an address without an account, with the same work and the same answer."""
    mailing.require_mailer(services)
    now, address = services.now(), addresses.normalise(email)
    user_id = services.directory.owner_of(address) or NOBODY
    account = services.directory.account(user_id)
    mailing.consume(services, purpose.value, address, place, account.places, now)
    profile = account.profile
    challenge_id, code = open_challenge(services, purpose, user_id, profile.epoch if profile else 0, now, address)
    if profile is None or profile.disabled:
        mailing.send(services, address, Mail("no_account", language_for(place.language)), now, is_notice=True)
    else:
        _send_code(services, purpose, profile, code, place, now)
    return MailedCode(challenge_id, LIFETIME_SECONDS)


def open_challenge(
    services: Services,
    purpose: Purpose,
    user_id: str,
    epoch: int,
    now: int,
    address: str,
    session_id: str | None = None,
) -> tuple[str, str]:
    """Open a challenge; return its id and its code. `address` is stored only where it will be the user's."""
    challenge_id, code = challenges.new_id(services.random), challenges.new_code(services.random)
    challenge = Challenge(
        id_hash=challenges.hash_id(challenge_id),
        purpose=purpose,
        user_id=user_id,
        epoch=epoch,
        session_id=session_id,
        started={
            kinds.EMAIL: {
                "code_hash": challenges.hash_code(challenge_id, code).hex(),
                "mailed_to": challenges.hash_code(challenge_id, address).hex(),
                **({"address": address} if purpose is Purpose.ADDRESS else {}),
            }
        },
        expires_at=now + LIFETIME_SECONDS,
    )
    services.challenges.open(challenge)
    return challenge_id, code


def code_mail(name: str, code: str, language: str) -> Mail:
    """Return the mail with a code."""
    return Mail(name, language, {"code": code, "minutes": str(MINUTES)})


def _send_code(services: Services, purpose: Purpose, profile: Profile, code: str, place: Place, now: int) -> None:
    letter = code_mail(CODE_MAILS[purpose], code, language_for(profile.details.locale, place.language))
    mailing.send(services, profile.email, letter, now, is_notice=False)
