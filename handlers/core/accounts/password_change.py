"""A new password by the signed-in user. Source: OWASP ASVS 5.0 §6.2.2, §6.2.3 and §7.4.3."""

from contract.acr import MAILBOX, MFA
from contract.events import PasswordChanged
from contract.mfa import RECENT_SECONDS
from handlers.core.accounts import mailing, password_check, passwords
from handlers.core.accounts.account_owner import strong_owner
from handlers.core.accounts.users import Profile
from handlers.core.limits import places
from handlers.core.limits.places import KnownPlaces, Place
from handlers.core.mfa import assurance
from handlers.core.services import Services
from handlers.core.sessions.caller import Caller
from handlers.core.sessions.sessions import Session
from handlers.errors import StepUpRequired


def change(services: Services, caller: Caller, current: str | None, password: str, place: Place) -> None:
    """Set the password, end all other sessions, and know this place alone, in one transaction; then tell the owner.

    Without the current password, the session needs a fresh mailed code or second factor. Raises `InvalidCredentials`,
    `StepUpRequired`, `WeakPassword`, `InvalidGrant`, `Contended`.
    """
    normal = passwords.normalise(password)
    passwords.check_length(normal)  # before an attempt is counted
    now = services.now()
    profile, session = strong_owner(services, caller)
    if current is None:
        _require_fresh(profile, session, now)
    else:
        password_check.check_password(services, profile.email, current, place, now)
    passwords.check(normal, profile.email, services.breaches)
    encrypted = services.password_cipher.encrypt(passwords.hash_password(normal), profile.user_id)
    known = places.after_sign_in(KnownPlaces(profile.user_id), services.pepper(), place, now)
    services.accounts.change_password(profile, session.id, encrypted, known)
    services.events.emit(PasswordChanged("user"), profile.user_id)
    mailing.tell(services, profile, "password_changed")
    services.directory.clear_sessions(profile.user_id, profile.epoch + 1)


def _require_fresh(profile: Profile, session: Session, now: int) -> None:
    """Raise `StepUpRequired` unless a second factor or, of users without one, a mailed code was presented just now."""
    needed = MFA if profile.has_second_factor else MAILBOX
    is_fresh = now - session.authenticated_at <= RECENT_SECONDS
    if not is_fresh or not assurance.reaches(session.amr, needed):
        raise StepUpRequired(max_age=RECENT_SECONDS, acr=needed)
