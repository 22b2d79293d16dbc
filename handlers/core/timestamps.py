"""Times as texts."""

from datetime import UTC, datetime


def timestamp(seconds: int) -> str:
    """Return a time of RFC 3339 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(seconds: int) -> str:
    """Return a time for people, in UTC and in no language: `2026-12-07 22:50 UTC`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
