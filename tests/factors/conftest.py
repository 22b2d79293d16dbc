"""The faults that both providers have in common."""

FAULTS = [
    ("timeout", 503, "provider_unavailable"),
    ("500", 502, "provider_failed"),
    ("html", 502, "provider_failed"),
    ("truncated", 502, "provider_failed"),
    ("duplicate", 502, "provider_failed"),
    ("429", 429, "too_many_requests"),
]
"""Fault → the answer to it."""
