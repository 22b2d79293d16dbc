"""Mailed codes: a first factor, never a second one, because the same mailbox resets the password."""

import hmac

from handlers.core.mfa.challenges import hash_code
from handlers.core.mfa.factor_type import Context, Enrolled, FactorType, Proof, State, Verified
from handlers.errors import WrongCode
from handlers.factors import Settings, Tools

AMR = "otp"


def make(settings: Settings, tools: Tools) -> "Email":
    """Return the factor type; it has no settings."""
    return Email()


class Email(FactorType):
    """The mailbox of a user, which every user has. The code was mailed when the challenge was opened."""

    def verify(self, factor: Enrolled, started: State, proof: Proof, context: Context) -> Verified:
        """Verify the code of this challenge."""
        given = hash_code(context.challenge_id, proof.code or "")
        if not hmac.compare_digest(bytes.fromhex(started["code_hash"]), given):
            raise WrongCode
        return Verified(AMR)
