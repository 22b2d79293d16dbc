"""Tests of handlers.core.sessions."""
