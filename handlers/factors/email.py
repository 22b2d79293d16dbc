"""A mailed code: it opens the first gate, and never the second, which a mailbox that resets passwords must not."""

import hmac

from handlers.core.challenges import hash_code
from handlers.core.factors import Context, Enrolled, Factor, Passed, Proof, State
from handlers.errors import WrongCode
from handlers.factors import Settings, Tools

AMR = "otp"


def make(settings: Settings, tools: Tools) -> "Email":
    """See `handlers.factors`."""
    return Email()


class Email(Factor):
    """Everybody has it. The code was mailed when the challenge was opened: five tries each, and so many a day."""

    def verify(self, factor: Enrolled, started: State, proof: Proof, context: Context) -> Passed:
        """The code of this challenge."""
        given = hash_code(context.challenge_id, proof.code or "")
        if not hmac.compare_digest(bytes.fromhex(started["code_hash"]), given):
            raise WrongCode
        return Passed(AMR)
