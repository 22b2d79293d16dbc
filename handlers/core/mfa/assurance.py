"""The level (`acr`, RFC 9068) of a sign-in, by its methods (`amr`, RFC 8176)."""

from collections.abc import Collection

from contract.acr import MAILBOX, MFA, PASSWORD

CODE = "otp"
PASSWORD_METHOD = "pwd"  # noqa: S105 the name of a method, RFC 8176


def level(amr: Collection[str]) -> str:
    """Return one of `contract.acr.LEVELS`. Without a second factor, a code can only be a mailed one."""
    if MFA in amr:
        return MFA
    return MAILBOX if CODE in amr else PASSWORD


def reaches(amr: Collection[str], wanted: str) -> bool:
    """Return whether a sign-in by these methods is of the level `wanted`, or by several factors."""
    return level(amr) in (wanted, MFA)
