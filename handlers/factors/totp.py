"""Time-based one-time passwords, as authenticator apps make them.

Source: RFC 6238, RFC 4226; OWASP ASVS 5.0 §6.5.1 (each code once) and §6.5.8 (the server's clock). §6.5.5
asks for a life of 30 seconds; a code is taken for one step more either way, as RFC 6238 allows.
"""

import base64
import hmac
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from contract import factors as kinds
from handlers.core.mfa.factor_type import (
    Confirmed,
    Context,
    Enrolled,
    Enrolment,
    FactorType,
    Proof,
    State,
    Use,
    Verified,
)
from handlers.errors import FactorExists, WrongCode
from handlers.factors import Settings, Tools

SECRET_BYTES = 20  # RFC 4226 §4, R6
STEP_SECONDS = 30
SKEW_STEPS = 1  # RFC 6238 §5.2: one step of delay; §6: a clock that is off
AMR = "otp"


def make(settings: Settings, tools: Tools) -> "Totp":
    """Return the factor type; it has no settings."""
    return Totp(tools)


class Totp(FactorType):
    """Time-based codes; one secret for each user."""

    is_guessable = True

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def prepare(self) -> None:
        """Import pyotp."""
        import pyotp  # noqa: F401 for later

    def enrol(self, context: Context, given: Mapping[str, Any], others: Collection[Enrolled]) -> Enrolment:
        """Return a new secret, shown this once. Raises `FactorExists`."""
        import pyotp
        import segno

        if any(one.kind == kinds.TOTP and one.confirmed for one in others):
            raise FactorExists
        user_id = context.profile.user_id
        secret = base64.b32encode(context.random(SECRET_BYTES)).decode()
        factor = Enrolled(
            user_id=user_id,
            id=kinds.TOTP,
            kind=kinds.TOTP,
            hint="authenticator app",
            confirmed=False,
            created_at=context.now,
            encrypted=self._tools.cipher.encrypt({"secret": secret}, user_id, kinds.TOTP),
            expires_at=context.expires_at,
        )
        self._tools.factors.add(factor)
        uri = pyotp.TOTP(secret, name=context.profile.email, issuer=self._tools.issuer_name).provisioning_uri()
        return Enrolment(factor, {"secret": secret, "uri": uri, "qr_svg": segno.make(uri).svg_inline(scale=4)})

    def confirm(self, factor: Enrolled, proof: Proof, context: Context) -> Confirmed:
        """Verify the first code; its time step is used up."""
        return Confirmed(replace(factor, counter=self._step_of(factor, proof, context)))

    def verify(self, factor: Enrolled, started: State, proof: Proof, context: Context) -> Verified:
        """Verify a code of this time step or a neighbour, later than the last step that was used."""
        return Verified(AMR, Use(counter=self._step_of(factor, proof, context)))

    def _step_of(self, factor: Enrolled, proof: Proof, context: Context) -> int:
        import pyotp

        totp = pyotp.TOTP(self._tools.cipher.decrypt(factor)["secret"])
        present = context.now // STEP_SECONDS
        for step in range(present - SKEW_STEPS, present + SKEW_STEPS + 1):
            is_right = hmac.compare_digest(totp.at(step * STEP_SECONDS), proof.code or "")
            if is_right and step > factor.counter:
                return step
        raise WrongCode
