"""The levels of sign-ins: the `acr` of access tokens (RFC 9068 §2.2.1, RFC 9470 §6.1)."""

PASSWORD = "password"  # noqa: S105 the name of a level
MAILBOX = "mailbox"
MFA = "mfa"

LEVELS = (PASSWORD, MAILBOX, MFA)
"""`mailbox` is a mailed code, which shows that the account's address is the caller's. Only `mfa` includes the other
levels: a password does not prove the mailbox, and a mailed code does not prove the password.
"""
