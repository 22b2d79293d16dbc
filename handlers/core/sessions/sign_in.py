"""Sign-in: from a first factor to a session, by way of the second factor of users who have one."""

from dataclasses import dataclass
from functools import partial

from contract import scopes
from contract.acr import MFA
from contract.events import SessionStarted
from handlers.core.accounts import deletion, password_check
from handlers.core.limits import places
from handlers.core.limits.places import KnownPlaces, Place
from handlers.core.mfa import assurance, verification
from handlers.core.mfa.assurance import PASSWORD_METHOD
from handlers.core.mfa.challenges import Purpose
from handlers.core.mfa.factor_type import Pending, Proof
from handlers.core.mfa.verification import MfaRequired
from handlers.core.services import Services
from handlers.core.sessions import sessions
from handlers.core.sessions.issue import SignedIn, issue, issue_access_token
from handlers.core.sessions.sessions import Session, SignIn
from handlers.core.tokens.access_tokens import AccessToken
from handlers.errors import InvalidCredentials


@dataclass(frozen=True)
class EnrolmentRequired:
    """An access token that allows to add a second factor: the stack requires one, and the user has none."""

    access: AccessToken


SignInOutcome = SignedIn | MfaRequired | EnrolmentRequired


def sign_in(services: Services, email: str, password: str, place: Place) -> SignInOutcome:
    """Sign in with a password. Raises `InvalidCredentials`."""
    now = services.now()
    account, accepted = password_check.verify_password(services, email, password, place, now)
    profile, amr = account.profile, (PASSWORD_METHOD,)
    if profile is None:
        raise InvalidCredentials
    if profile.has_second_factor:
        password_check.accept(services.directory.accept_password, accepted)
        return verification.require(services, profile, Purpose.SIGN_IN, amr, now)
    begun = SignIn(user_id=profile.user_id, amr=amr, epoch=profile.epoch, place=place, now=now)
    if services.requires_mfa:
        session = sessions.start_to_enrol(begun, scopes.ENROL, services.random)
        enrolment = EnrolmentRequired(issue_access_token(services, session, profile, now))
        password_check.accept(partial(services.directory.start_session, session, None), accepted)
        return enrolment
    if profile.delete_at:  # what cancels a deletion must be a sign-in that is accepted
        password_check.accept(services.directory.accept_password, accepted)
    profile = deletion.cancel(services, profile)
    started = sessions.start(begun, services.session_lifetimes, services.random)
    signed_in = issue(services, started, profile, now)
    known = places.after_sign_in(account.places, services.pepper(), place, now)
    password_check.accept(partial(services.directory.start_session, started.session, known), accepted)
    _record(services, started.session, account.places, place)
    return signed_in


def verify(
    services: Services, challenge_id: str, factor_id: str, proof: Proof, place: Place
) -> SignInOutcome | Pending:
    """Continue a sign-in with a factor. Its proof is used up in one transaction with the session.

    Raises `WrongCode`, `NoSuchFactor`, `TooMany`.
    """
    now = services.now()
    outcome = verification.verify(services, Purpose.SIGN_IN, challenge_id, factor_id, proof, now)
    if isinstance(outcome, Pending):
        return outcome
    challenge, profile, amr, use = outcome.challenge, outcome.profile, outcome.amr, outcome.verified.use
    if outcome.needs_second_factor:
        return verification.require_after(services, outcome, now)
    begun = SignIn(user_id=profile.user_id, amr=amr, epoch=profile.epoch, place=place, now=now)
    if services.requires_mfa and MFA not in amr:
        session = sessions.start_to_enrol(begun, scopes.ENROL, services.random)
        enrolment = EnrolmentRequired(issue_access_token(services, session, profile, now))
        services.challenges.sign_in(challenge, outcome.stored_factor, use, session)
        return enrolment
    profile = deletion.cancel(services, profile)
    started = sessions.start(begun, services.session_lifetimes, services.random)
    signed_in = issue(services, started, profile, now)
    known = places.after_sign_in(outcome.places, services.pepper(), place, now)
    services.challenges.sign_in(challenge, outcome.stored_factor, use, started.session, known)
    _record(services, started.session, outcome.places, place)
    return signed_in


def _record(services: Services, session: Session, known: KnownPlaces, place: Place) -> None:
    is_new = places.is_new(known, services.pepper(), place)
    amr = list(session.amr)
    services.events.emit(SessionStarted(session.id, amr, assurance.level(amr), is_new), session.user_id)
