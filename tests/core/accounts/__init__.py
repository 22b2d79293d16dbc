"""Tests of handlers.core.accounts."""
