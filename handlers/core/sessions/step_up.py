"""Step-up: a fresher or stronger authentication within a session. Source: RFC 9470, OWASP ASVS 5.0 §7.5.3."""

from dataclasses import dataclass

from contract.acr import MFA
from contract.events import SessionSteppedUp
from handlers.core.accounts import mailed_codes, password_check
from handlers.core.accounts.users import Profile
from handlers.core.limits.places import Place
from handlers.core.mfa import verification
from handlers.core.mfa.assurance import PASSWORD_METHOD
from handlers.core.mfa.challenges import Purpose
from handlers.core.mfa.factor_type import Pending, Proof
from handlers.core.mfa.verification import MfaRequired, VerifiedProof
from handlers.core.services import Services
from handlers.core.sessions import sessions
from handlers.core.sessions.caller import Caller
from handlers.core.sessions.issue import issue_access_token
from handlers.core.sessions.sessions import Session
from handlers.core.tokens.access_tokens import AccessToken
from handlers.errors import InvalidGrant, WrongCode


@dataclass(frozen=True)
class SteppedUp:
    """A new access token of the same session."""

    access: AccessToken


def begin(services: Services, caller: Caller, place: Place) -> MfaRequired:
    """Open a challenge for a second factor; or for a mailed code, if the user has none and the stack sends mail.

    Raises `InvalidGrant`, `TooMany`, `MailUnavailable`.
    """
    now = services.now()
    profile, session = _live(services, caller.user_id, caller.session_id)
    if not profile.has_second_factor and services.mailer is not None:
        return mailed_codes.start_step_up(services, profile, session.id, place, now)
    return verification.require(services, profile, Purpose.STEP_UP, session.amr, now, session.id)


def with_password(services: Services, caller: Caller, password: str, place: Place) -> SteppedUp | MfaRequired:
    """Step up with the password; a user with a second factor continues with that. Raises `InvalidCredentials`."""
    now = services.now()
    profile, session = _live(services, caller.user_id, caller.session_id)
    if services.requires_mfa and not profile.has_second_factor:
        raise InvalidGrant  # sign in again, and add one
    password_check.check_password(services, profile.email, password, place, now)
    if profile.has_second_factor:
        return verification.require(services, profile, Purpose.STEP_UP, session.amr, now, session.id)
    stronger = sessions.step_up(session, (PASSWORD_METHOD,), now)  # methods of factors that were removed do not count
    stepped_up = SteppedUp(issue_access_token(services, stronger, profile, now))
    if not services.directory.step_up_session(stronger):
        raise InvalidGrant
    services.events.emit(SessionSteppedUp(stronger.id, list(stronger.amr)), caller.user_id)
    return stepped_up


def verify(services: Services, caller: Caller, challenge_id: str, factor_id: str, proof: Proof) -> SteppedUp | Pending:
    """Step up with a factor. Raises `WrongCode`, also if the challenge is another session's."""
    now = services.now()
    outcome = verification.verify(services, Purpose.STEP_UP, challenge_id, factor_id, proof, now)
    if isinstance(outcome, Pending):
        return outcome
    challenge = outcome.challenge
    if challenge.session_id != caller.session_id:
        raise WrongCode
    profile, session = _live(services, challenge.user_id, caller.session_id)
    stronger = sessions.step_up(session, _methods(profile, session, outcome), now)
    stepped_up = SteppedUp(issue_access_token(services, stronger, profile, now))
    services.challenges.step_up(challenge, outcome.stored_factor, outcome.verified.use, stronger)
    services.events.emit(SessionSteppedUp(stronger.id, list(stronger.amr)), caller.user_id)
    return stepped_up


def _methods(profile: Profile, session: Session, proof: VerifiedProof) -> tuple[str, ...]:
    """Return the methods of the session from now on; of a mailed code, that alone."""
    method = proof.verified.amr
    if proof.stored_factor is not None:
        return tuple(dict.fromkeys((*session.amr, method, MFA)))
    if profile.has_second_factor:  # added meanwhile: a mailed code is not enough any more
        raise WrongCode
    return (method,)


def _live(services: Services, user_id: str, session_id: str) -> tuple[Profile, Session]:
    live = services.directory.live_session(user_id, session_id)
    if live is None:
        raise InvalidGrant
    return live
