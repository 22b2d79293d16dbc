"""A change of the address: a code to the new one, then the switch; a link at the old one takes it back for 7 days.

The old address stays reserved for its owner meanwhile. Mail and the user of the pool follow by a job.
"""

import hmac

from contract.events import AddressChanged, AddressChangeUndone, SessionEnded
from handlers.core.accounts import addresses, links, mailing
from handlers.core.accounts.account_owner import live_owner, strong_owner
from handlers.core.accounts.jobs import Job, JobKind
from handlers.core.accounts.links import Link, LinkPurpose
from handlers.core.accounts.mailed_codes import MailedCode, code_mail, open_challenge
from handlers.core.limits.places import Place
from handlers.core.mails.letter import Mail, language_for
from handlers.core.mfa import challenges
from handlers.core.mfa.challenges import LIFETIME_SECONDS, Challenge, Purpose
from handlers.core.ports import Mailer
from handlers.core.services import Services
from handlers.core.sessions.caller import Caller
from handlers.errors import BadRequest, InvalidChallenge, WrongCode


def start(services: Services, caller: Caller, email: str, place: Place) -> MailedCode:
    """Mail a code to the new address, or a notice if it is taken, with the same answer.

    Raises `BadRequest`, `StepUpRequired`, `NoSuchFactor` on a stack without mail, `TooMany`, `MailUnavailable`.
    """
    mailing.require_mailer(services)
    address, now = addresses.normalise(email), services.now()
    profile, session = strong_owner(services, caller)
    if address == profile.email:
        raise BadRequest("The address is the account's own.")
    mailing.consume_of_session(services, address, session.id, place, now, purpose=Purpose.ADDRESS.value)
    is_taken = services.accounts.is_taken(address, now, but_for=profile.user_id)
    challenge_id, code = open_challenge(
        services, Purpose.ADDRESS, profile.user_id, profile.epoch, now, address, session.id
    )
    if is_taken:
        mailing.send(services, address, Mail("address_taken", language_for(place.language)), now, is_notice=True)
    else:
        language = language_for(profile.details.locale, place.language)
        mailing.send(services, address, code_mail("address_code", code, language), now, is_notice=False)
    return MailedCode(challenge_id, LIFETIME_SECONDS)


def confirm(services: Services, caller: Caller, challenge_id: str, code: str) -> None:
    """Switch to the new address with the mailed code, in one transaction.

    Raises `InvalidChallenge`, `UserExists`, `InvalidGrant`, `Contended`.
    """
    now = services.now()
    profile, session = live_owner(services, caller)
    challenge, address = _proven(services, challenge_id, code, now)
    if (challenge.user_id, challenge.session_id, challenge.epoch) != (profile.user_id, session.id, profile.epoch):
        raise InvalidChallenge
    _, link = links.make(services.pepper(), profile.user_id, LinkPurpose.ADDRESS, profile.email, now)
    job = Job(JobKind.ADDRESS, profile.user_id, now, now, old_address=profile.email, new_address=address)
    services.accounts.change_address(profile, address, challenge, link, job)
    services.events.emit(AddressChanged(), profile.user_id)


def undo(services: Services, link: Link) -> None:
    """Give the account back to the old address, end all sessions, and cancel a deletion; may be repeated.

    Links of later changes are deleted, since these may be a thief's; those of earlier ones stay good. Raises
    `InvalidChallenge`, `Contended`.
    """
    now = services.now()
    profile = services.directory.profile(link.user_id)
    if profile is None:
        raise InvalidChallenge
    if profile.email == link.about:
        return
    later = [one for one in services.accounts.links_of(link.user_id) if _is_later(one, link)]
    old, new = profile.email, link.about
    job = Job(JobKind.ADDRESS, profile.user_id, now, now, old_address=old, new_address=new, is_undo=True)
    services.accounts.undo_address(profile, link, later, job)
    services.events.emit(AddressChangeUndone(), profile.user_id)
    services.events.emit(SessionEnded("ended_from_mail"), profile.user_id)
    services.directory.clear_sessions(profile.user_id, profile.epoch + 1)


def follow(services: Services, job: Job) -> None:
    """Tell both addresses once, and let the pool's user follow, even if one of these fails; may be repeated.

    Raises `MailUnavailable`, and errors of Cognito.
    """
    try:
        if services.mailer and not job.is_told:
            _tell(services, services.mailer, job)
            services.accounts.mark_told(job)
    finally:
        if services.pool and services.directory.owner_of(job.new_address) == job.user_id:
            services.pool.change_address(job.old_address, job.new_address)
            if job.is_undo:
                services.pool.end_access(job.new_address)


def _tell(services: Services, mailer: Mailer, job: Job) -> None:
    profile = services.directory.profile(job.user_id)
    language = language_for(profile.details.locale if profile else None)
    if job.is_undo:
        mailer.send(job.new_address, Mail("address_undone", language))
        return
    token, _ = links.make(services.pepper(), job.user_id, LinkPurpose.ADDRESS, job.old_address, job.since)
    url = f"{services.site_url}/undo#{token}"
    mailer.send(job.old_address, Mail("address_left", language, {"url": url}))
    mailer.send(job.new_address, Mail("address_new", language))


def _is_later(one: Link, link: Link) -> bool:
    is_other = one.purpose is LinkPurpose.ADDRESS and one.hash != link.hash
    return is_other and one.created_at >= link.created_at


def _proven(services: Services, challenge_id: str, code: str, now: int) -> tuple[Challenge, str]:
    """Return the challenge and the address that its code was mailed to. Raises `InvalidChallenge`."""
    try:
        challenge = services.challenges.attempt(challenges.hash_id(challenge_id), now)
    except WrongCode:
        raise InvalidChallenge from None
    started = challenge.started.get("email", {})
    expected = bytes.fromhex(started.get("code_hash", ""))
    is_right = hmac.compare_digest(challenges.hash_code(challenge_id, code), expected)
    if challenge.purpose is not Purpose.ADDRESS or not is_right:
        raise InvalidChallenge
    return challenge, started["address"]
