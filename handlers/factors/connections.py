"""Broken connections to providers: their errors, and the log lines that are suppressed."""

import logging

from handlers.errors import ProviderFailed, ProviderUnavailable

for _library in ("urllib3", "twilio"):
    # They log addresses: with Authy a code is in the path, with Twilio a phone.
    logging.getLogger(_library).setLevel(logging.CRITICAL)


def unreachable(error: Exception) -> ProviderUnavailable | ProviderFailed:
    """Return the error of a broken connection; an answer that breaks off counts as a provider's failure."""
    return ProviderFailed() if "IncompleteRead" in repr(error) else ProviderUnavailable()
