"""Times as texts."""

from datetime import UTC, datetime


def timestamp(seconds: int) -> str:
    """Return a time of RFC 3339 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
