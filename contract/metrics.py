"""The names of metrics that are taken from log lines `{"metric": name, "value": number}`."""

KEY_AGE_DAYS = "SigningKeyAgeDays"
"""The days since the last rotation of the signing keys."""
