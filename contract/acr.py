"""How a session's holder has signed in, in one word: the `acr` of access tokens (RFC 9068 §2.2.1, RFC 9470 §4)."""

PASSWORD = "password"  # noqa: S105 the name of a level
MAILBOX = "mailbox"
MFA = "mfa"

LEVELS = (PASSWORD, MAILBOX, MFA)
"""Weakest first. `mailbox`: a mailed code, which shows that the account's address is the caller's."""
