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
        """Verify the code of this challenge, if it was mailed to the address that the user has now."""
        given = hash_code(context.challenge_id, proof.code or "")
        is_right = hmac.compare_digest(bytes.fromhex(started["code_hash"]), given)
        if not is_right or started.get("mailed_to") != hash_code(context.challenge_id, factor.hint).hex():
            raise WrongCode
        return Verified(AMR)
