"""Tests of handlers.core.limits."""
