"""First gates without a password: a code that is mailed, or a passkey that names its holder."""

from contract import factors as kinds
from handlers.core import addresses, challenges, limits, second_gate
from handlers.core.challenges import CODE_DIGITS, LIFETIME_SECONDS, GateChallenge, Purpose
from handlers.core.factors import Context, Random, Started
from handlers.core.ports import Mailer
from handlers.core.second_gate import Gates
from handlers.core.users import Profile

MINUTES = LIFETIME_SECONDS // 60
SUBJECT = "Your code"
CODE_MAILS = {
    Purpose.SIGN_IN: """Your code is {code}.

It signs you in within {minutes} minutes. If you did not ask for it, do nothing, and tell it to nobody.
""",
    Purpose.RESET: """Your code is {code}.

It lets you choose a new password within {minutes} minutes. If you did not ask for it, do nothing: nothing has changed.
""",
}
NOBODY_MAIL = """Somebody wanted to sign in with this address, or to reset its password; it has no account that can.

If it was you, sign up, or use another address. If it was not, there is nothing to do.
"""


def mail_code(gates: Gates, mailer: Mailer, purpose: Purpose, email: str, now: int, random: Random) -> str:
    """Open a challenge, mail its code, and answer the challenge's id. Raises `BadRequest`, `TooMany`.

    An address without an account costs the same and tells nothing; its owner is told by mail.
    """
    address = addresses.normalise(email)
    gates.counters.charge([limits.for_mail(gates.limits, purpose.value, address, now)], now)
    user_id = gates.directory.owner_of(address) or second_gate.NOBODY
    profile = gates.directory.profile(user_id)
    challenge_id, code = challenges.new_id(random), challenges.new_code(random, CODE_DIGITS)
    bound = {"code_hash": challenges.hash_code(challenge_id, code).hex()}
    epoch = profile.epoch if profile else 0
    gates.challenges.open(_challenge(challenge_id, purpose, user_id, epoch, kinds.EMAIL, bound, now))
    if profile is None or profile.disabled:
        mailer.send(address, "No account", NOBODY_MAIL)
    else:
        mailer.send(address, SUBJECT, CODE_MAILS[purpose].format(code=code, minutes=MINUTES))
    return challenge_id


def ask_for_passkey(gates: Gates, now: int, random: Random) -> tuple[str, Started]:
    """A challenge for whoever has a passkey here: its id, and what the browser needs."""
    challenge_id = challenges.new_id(random)
    nobody = Profile(second_gate.NOBODY, "", disabled=False)
    context = Context(nobody, challenge_id, now + LIFETIME_SECONDS, now, random)
    started = gates.kinds[kinds.PASSKEY].start(second_gate.mailbox(nobody), None, context)
    gates.challenges.open(
        _challenge(challenge_id, Purpose.SIGN_IN, second_gate.NOBODY, 0, kinds.PASSKEY, dict(started.kept), now)
    )
    return challenge_id, started


def _challenge(
    challenge_id: str,
    purpose: Purpose,
    user_id: str,
    epoch: int,
    factor_id: str,
    bound: dict[str, str],
    now: int,
) -> GateChallenge:
    return GateChallenge(
        id_hash=challenges.hash_id(challenge_id),
        purpose=purpose,
        user_id=user_id,
        epoch=epoch,
        started={factor_id: bound},
        expires_at=now + LIFETIME_SECONDS,
    )
