"""Tests of handlers.core.mfa."""
