"""How a session's holder has signed in, in one word: the `acr` of access tokens (RFC 9068 §2.2.1, RFC 9470 §6.1)."""

PASSWORD = "password"  # noqa: S105 the name of a level
MAILBOX = "mailbox"
MFA = "mfa"

LEVELS = (PASSWORD, MAILBOX, MFA)
"""`mailbox`: a mailed code, which shows that the account's address is the caller's. Only `mfa` stands for the others
too: of a password and a mailbox neither shows the other.
"""
