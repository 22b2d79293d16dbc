"""What a connection to a provider that breaks means."""

from handlers.errors import ProviderFailed, ProviderUnavailable


def unreachable(error: Exception) -> ProviderUnavailable | ProviderFailed:
    """An answer that breaks off is a connection error too, but somebody did answer."""
    return ProviderFailed() if "IncompleteRead" in repr(error) else ProviderUnavailable()
