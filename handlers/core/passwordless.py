"""First gates without a password: a code that is mailed, or a passkey that names its holder."""

from dataclasses import replace

from contract import factors as kinds
from handlers.core import addresses, challenges, second_gate
from handlers.core.challenges import LIFETIME_SECONDS, GateChallenge, Purpose
from handlers.core.factors import Context, Random, Started
from handlers.core.mailing import Post
from handlers.core.places import Place
from handlers.core.second_gate import Gates, SecondGateAhead
from handlers.core.users import Profile

MINUTES = LIFETIME_SECONDS // 60
SUBJECT = "Your code"
CODE_MAILS = {
    Purpose.SIGN_IN: """Your code is {code}.

It signs you in within {minutes} minutes. If you did not ask for it, do nothing, and tell it to nobody.
""",
    Purpose.STEP_UP: """Your code is {code}.

It shows within {minutes} minutes that this address is yours, so that your account can be changed. If you did not ask
for it, somebody else is signed in to your account: reset your password.
""",
    Purpose.RESET: """Your code is {code}.

It lets you choose a new password within {minutes} minutes. If you did not ask for it, do nothing: nothing has changed.
""",
}
NOBODY_MAIL = """Somebody wanted to sign in with this address, or to reset its password; it has no account that can.

If it was you, sign up, or use another address. If it was not, there is nothing to do.
"""


def mail_code(gates: Gates, post: Post, purpose: Purpose, email: str, place: Place, now: int, random: Random) -> str:
    """Open a challenge, mail its code, and answer the challenge's id.

    An address without an account costs the same and tells nothing; its owner is told by mail. Raises `BadRequest`,
    `TooMany`, `MailUnavailable`.
    """
    address = addresses.normalise(email)
    user_id = gates.directory.owner_of(address) or second_gate.NOBODY
    account = gates.directory.account(user_id)
    post.charge(purpose.value, address, place, account.places, now)
    profile = account.profile
    challenge_id, code = challenges.new_id(random), challenges.new_code(random)
    bound = {"code_hash": challenges.hash_code(challenge_id, code).hex()}
    epoch = profile.epoch if profile else 0
    gates.challenges.open(_challenge(challenge_id, purpose, user_id, epoch, kinds.EMAIL, bound, now))
    if profile is None or profile.disabled:
        post.send(address, "No account", NOBODY_MAIL, now, is_notice=True)
    else:
        post.send(address, SUBJECT, CODE_MAILS[purpose].format(code=code, minutes=MINUTES), now, is_notice=False)
    return challenge_id


def mail_code_to_holder(
    gates: Gates, post: Post, profile: Profile, session_id: str, place: Place, now: int, random: Random
) -> SecondGateAhead:
    """Mail a code to the holder of a session, who shows with it that the account's address is theirs.

    Raises `TooMany`, `MailUnavailable`.
    """
    post.charge_session(profile.email, session_id, place, now)
    challenge_id, code = challenges.new_id(random), challenges.new_code(random)
    bound = {"code_hash": challenges.hash_code(challenge_id, code).hex()}
    opened = _challenge(challenge_id, Purpose.STEP_UP, profile.user_id, profile.epoch, kinds.EMAIL, bound, now)
    gates.challenges.open(replace(opened, session_id=session_id))
    text = CODE_MAILS[Purpose.STEP_UP].format(code=code, minutes=MINUTES)
    post.send(profile.email, SUBJECT, text, now, is_notice=False)
    return SecondGateAhead(challenge_id, LIFETIME_SECONDS, [second_gate.mailbox(profile, now)])


def ask_for_passkey(gates: Gates, now: int, random: Random) -> tuple[str, Started]:
    """A challenge for whoever has a passkey here: its id, and what the browser needs."""
    challenge_id = challenges.new_id(random)
    nobody = Profile(second_gate.NOBODY, "", disabled=False)
    context = Context(nobody, challenge_id, now + LIFETIME_SECONDS, now, random)
    started = gates.kinds[kinds.PASSKEY].start(second_gate.mailbox(nobody, now), None, context)
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
