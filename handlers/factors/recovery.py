"""Recovery codes: ten, from nothing but the directory, for when every other factor is lost or out of reach.

Source: NIST SP 800-63B-4 §3.1.2 (look-up secrets), OWASP ASVS 5.0 §6.5.
"""

from handlers.core.enrolling import hash_recovery_code
from handlers.core.factors import Context, Enrolled, Factor, Passed, Proof, State, Use
from handlers.errors import WrongCode
from handlers.factors import Settings, Tools

AMR = "otp"


def make(settings: Settings, tools: Tools) -> "Recovery":
    """See `handlers.factors`."""
    return Recovery()


class Recovery(Factor):
    """They are made all at once, by `POST /me/recovery-codes`."""

    def verify(self, factor: Enrolled, started: State, proof: Proof, context: Context) -> Passed:
        """Of two that present the same code, one wins: it is taken away by the write that opens the gate."""
        code_hash = hash_recovery_code(proof.code or "")
        if code_hash not in factor.codes:
            raise WrongCode
        return Passed(AMR, Use(code_hash=code_hash))
