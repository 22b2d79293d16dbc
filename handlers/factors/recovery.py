"""Recovery codes: for users who have lost every other factor. They need only the directory.

Source: NIST SP 800-63B-4 §3.1.2 (look-up secrets), OWASP ASVS 5.0 §6.5.
"""

import hashlib

from handlers.core.mfa.factor_type import Context, Enrolled, FactorType, Proof, Random, State, Use, Verified
from handlers.errors import WrongCode
from handlers.factors import Settings, Tools

AMR = "otp"
COUNT = 10
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's, without letters that are misread
LENGTH, GROUP = 24, 4  # 120 bits, enough for a plain hash (OWASP ASVS 5.0 §6.5.2)


def make(settings: Settings, tools: Tools) -> "Recovery":
    """Return the factor type; it has no settings."""
    return Recovery()


class Recovery(FactorType):
    """The recovery codes of a user, all made at once by `POST /me/recovery-codes`."""

    def verify(self, factor: Enrolled, started: State, proof: Proof, context: Context) -> Verified:
        """Verify a code. The write that completes the sign-in removes it, so that of two equal codes one succeeds."""
        code_hash = _hash(proof.code or "")
        if code_hash not in factor.codes:
            raise WrongCode
        return Verified(AMR, Use(code_hash=code_hash))

    def new_codes(self, random: Random) -> tuple[list[str], list[bytes]]:
        """Return ten codes, and their hashes."""
        codes = [_new_code(random) for _ in range(COUNT)]
        return codes, [_hash(code) for code in codes]


def _hash(code: str) -> bytes:
    """Return the stored hash; dashes and case do not matter."""
    return hashlib.sha256(code.replace("-", "").upper().encode()).digest()


def _new_code(random: Random) -> str:
    bits = int.from_bytes(random(LENGTH * 5 // 8))
    letters = [ALPHABET[bits >> (5 * place) & 31] for place in range(LENGTH)]
    groups = ["".join(letters[start : start + GROUP]) for start in range(0, LENGTH, GROUP)]
    return "-".join(groups)
