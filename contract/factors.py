"""The factor types. A new one is a line here and a file in `handlers/factors/`."""

TOTP = "totp"
PASSKEY = "passkey"
AUTHY = "authy"
VERIFY = "verify"
EMAIL = "email"
RECOVERY = "recovery"

ENROLLED = (TOTP, PASSKEY, AUTHY, VERIFY)
"""Factor types that users add to their accounts, and that complete a sign-in."""

KINDS = (*ENROLLED, EMAIL, RECOVERY)
"""All factor types. A mailed code is a first factor only, because the same mailbox resets a forgotten password.
Recovery codes are a second factor for users who have enrolled another one."""
