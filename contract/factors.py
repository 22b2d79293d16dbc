"""The kinds of factor there are. A new one is a line here and a file in `handlers/factors/`."""

TOTP = "totp"
PASSKEY = "passkey"
AUTHY = "authy"
VERIFY = "verify"
EMAIL = "email"
RECOVERY = "recovery"

ENROLLED = (TOTP, PASSKEY, AUTHY, VERIFY)
"""Those that a user adds to their account, and that stand in the second gate."""

KINDS = (*ENROLLED, EMAIL, RECOVERY)
"""A mailed code opens the first gate only: it goes where a forgotten password is reset. Recovery codes open the second
for whoever has enrolled another."""
