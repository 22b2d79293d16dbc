"""From the methods of a sign-in (`amr`, RFC 8176) to its level (`acr`)."""

from collections.abc import Collection

from contract.acr import MAILBOX, MFA, PASSWORD

CODE = "otp"


def level(amr: Collection[str]) -> str:
    """One of `contract.acr.LEVELS`. A code without a second factor can only be one that was mailed."""
    if MFA in amr:
        return MFA
    return MAILBOX if CODE in amr else PASSWORD


def reaches(amr: Collection[str], wanted: str) -> bool:
    """Whether a sign-in by these methods is of the level `wanted`, or by several factors."""
    return level(amr) in (wanted, MFA)
