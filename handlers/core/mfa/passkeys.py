"""Sign-in with a passkey, which names its user itself."""

from dataclasses import dataclass

from contract import factors as kinds
from handlers.core.accounts.users import Profile
from handlers.core.mfa import challenges, verification
from handlers.core.mfa.challenges import LIFETIME_SECONDS, NOBODY, Challenge, Purpose
from handlers.core.mfa.factor_type import Context, Started
from handlers.core.services import Services


@dataclass(frozen=True)
class PasskeyChallenge:
    """A challenge for any passkey of this stack. `expires_in` in seconds."""

    challenge_id: str
    expires_in: int
    started: Started


def start(services: Services) -> PasskeyChallenge:
    """Open a challenge, with the options for the browser. Raises `NoSuchFactor`."""
    passkey, now = verification.offered(services, kinds.PASSKEY), services.now()
    challenge_id = challenges.new_id(services.random)
    nobody = Profile(NOBODY, "", disabled=False)
    expires_at = now + LIFETIME_SECONDS
    context = Context(nobody, challenge_id, expires_at, now, services.random)
    started = passkey.start(verification.mailbox(nobody, now), None, context)
    services.challenges.open(
        Challenge(
            id_hash=challenges.hash_id(challenge_id),
            purpose=Purpose.SIGN_IN,
            user_id=NOBODY,
            started={kinds.PASSKEY: dict(started.state)},
            expires_at=expires_at,
        )
    )
    return PasskeyChallenge(challenge_id, LIFETIME_SECONDS, started)
