"""Tests of handlers.core.tokens."""
