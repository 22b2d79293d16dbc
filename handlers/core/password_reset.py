"""A new password for who has lost the old one: with a mailed code, and the second factor where there is one.

Source: OWASP ASVS 5.0 §6.4.3, NIST SP 800-63B-4 §4.2.
"""

from contract.limits import SignInLimits
from handlers.core import factors, password_limits, passwords, second_gate
from handlers.core.factors import Passed
from handlers.core.ports import Breaches, Vault
from handlers.core.second_gate import Gates, Presented, SecondGateAhead

SUBJECT = "Your password was changed"
MAIL = """The password of your account was changed just now, and everybody is signed out.

If it was not you, somebody reads your mail: change its password, then reset this one.
"""


def check(password: str, breaches: Breaches | None) -> None:
    """What can be said before anybody's code is used up. Raises `BadRequest`, `WeakPassword`."""
    passwords.check(passwords.normalise(password), "", breaches)


def reset(
    gates: Gates,
    vault: Vault,
    limits: SignInLimits,
    challenge_id: str,
    presented: Presented,
    passed: Passed,
    password: str,
    now: int,
) -> SecondGateAhead | None:
    """Set the password, which ends all sessions; or open the second gate, if the account has one.

    Raises `WeakPassword`. The owner is told afterwards: a thief must not stay in because a mail cannot be sent.
    """
    challenge, profile = presented.challenge, presented.profile
    normal = passwords.normalise(password)
    passwords.check(normal, profile.email, None)
    amr = factors.joined(challenge.passed, passed)
    if profile.has_second_factor and factors.MFA not in amr:
        return second_gate.pass_first(gates, challenge, challenge_id, profile, amr, now)
    sealed = vault.seal(passwords.hash_password(normal), profile.user_id)
    in_a_row = password_limits.row(limits, gates.pepper(), profile.email, now).counter
    gates.challenges.reset(challenge, presented.enrolled, passed.use, sealed, [in_a_row])
    if gates.mailer:
        gates.mailer.notify(profile.email, SUBJECT, MAIL)
    gates.directory.clear_sessions(profile.user_id, profile.epoch + 1)
    return None
