"""Reset of a forgotten password: with a mailed code, and the second factor of users who have one.

Source: OWASP ASVS 5.0 §6.4.3, NIST SP 800-63B-4 §4.2.
"""

from dataclasses import dataclass

from contract.events import PasswordChanged
from handlers.core.accounts import mailing, passwords
from handlers.core.mfa import verification
from handlers.core.mfa.challenges import Purpose
from handlers.core.mfa.factor_type import Pending, Proof
from handlers.core.mfa.verification import MfaRequired
from handlers.core.services import Services


@dataclass(frozen=True)
class PasswordReset:
    """The outcome of a reset: the password is changed, and all sessions are over."""


def reset(
    services: Services, challenge_id: str, factor_id: str, proof: Proof, password: str
) -> PasswordReset | MfaRequired | Pending:
    """Verify a proof, and set the password if the user needs no further one; that ends all sessions.

    The owner is told afterwards: a thief must not stay signed in because a mail cannot be sent. Raises `NoSuchFactor`,
    `BadRequest`, `WeakPassword`, `WrongCode`, `TooMany`.
    """
    mailing.require_mailer(services)
    normal = passwords.normalise(password)
    passwords.check_length(normal)  # before a try is counted
    now = services.now()
    outcome = verification.verify(services, Purpose.RESET, challenge_id, factor_id, proof, now)
    if isinstance(outcome, Pending):
        return outcome
    profile = outcome.profile
    passwords.check(normal, profile.email, services.breaches)
    if outcome.needs_second_factor:
        return verification.require_after(services, outcome, now)
    encrypted = services.password_cipher.encrypt(passwords.hash_password(normal), profile.user_id)
    services.challenges.reset(outcome.challenge, outcome.stored_factor, outcome.verified.use, encrypted)
    services.events.emit(PasswordChanged("reset"), profile.user_id)
    mailing.tell(services, profile, "password_reset")
    services.directory.clear_sessions(profile.user_id, profile.epoch + 1)
    return PasswordReset()
