"""What a connection to a provider that breaks means, and what is not written down of it."""

import logging

from handlers.errors import ProviderFailed, ProviderUnavailable

for _library in ("urllib3", "twilio"):
    # They log addresses: with Authy a code is in the path, with Twilio a phone.
    logging.getLogger(_library).setLevel(logging.CRITICAL)


def unreachable(error: Exception) -> ProviderUnavailable | ProviderFailed:
    """An answer that breaks off is a connection error too, but somebody did answer."""
    return ProviderFailed() if "IncompleteRead" in repr(error) else ProviderUnavailable()
