"""The names of metrics that are taken from log lines `{"metric": name, "value": number}`, and of their dimensions."""

from typing import get_args, get_type_hints

from contract.events import AuthenticationRefused

KEY_AGE_DAYS = "SigningKeyAgeDays"
"""The days since the last rotation of the signing keys."""

MAIL_SHARE = "MailBudgetPercent"
"""The percentage of `signInLimits.mailsPerDay` that was sent today, to known or unknown devices, whichever is more."""
MESSAGE_SHARE = "MessageBudgetPercent"
"""The percentage of `factorLimits.spendPerDayCents` that texts and calls have cost today."""
FACTOR_REFUSED = "FactorRefused"
"""`AuthenticationRefused` by factor, as that is by reason."""

REASONS: tuple[str, ...] = get_args(get_type_hints(AuthenticationRefused)["reason"])
