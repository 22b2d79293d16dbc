"""A new password for who has lost the old one: with a mailed code, and the second factor where there is one.

Source: OWASP ASVS 5.0 §6.4.3, NIST SP 800-63B-4 §4.2.
"""

from handlers.core import factors, passwords, second_gate
from handlers.core.factors import Passed
from handlers.core.ports import Breaches, Vault
from handlers.core.second_gate import Gates, Presented, SecondGateAhead

SUBJECT = "Your password was changed"
MAIL = """The password of your account was changed just now, and everybody is signed out.

If it was not you, somebody reads your mail: change its password, then reset this one.
"""


def check(password: str) -> None:
    """What costs nothing to say before any code is tried. Raises `BadRequest`, `WeakPassword`."""
    passwords.check_length(passwords.normalise(password))


def reset(
    gates: Gates,
    vault: Vault,
    breaches: Breaches | None,
    challenge_id: str,
    presented: Presented,
    passed: Passed,
    password: str,
    now: int,
) -> SecondGateAhead | None:
    """Set the password, which ends all sessions and forgets all places; or open the second gate, if there is one.

    Raises `WeakPassword`. The owner is told afterwards: a thief must not stay in because a mail cannot be sent.
    """
    challenge, profile = presented.challenge, presented.profile
    normal = passwords.normalise(password)
    passwords.check(normal, profile.email, breaches)
    amr = factors.joined(challenge.passed, passed)
    if profile.has_second_factor and factors.MFA not in amr:
        return second_gate.pass_first(gates, challenge, challenge_id, profile, amr, now)
    sealed = vault.seal(passwords.hash_password(normal), profile.user_id)
    gates.challenges.reset(challenge, presented.enrolled, passed.use, sealed)
    gates.tell(profile, SUBJECT, MAIL)
    gates.directory.clear_sessions(profile.user_id, profile.epoch + 1)
    return None
