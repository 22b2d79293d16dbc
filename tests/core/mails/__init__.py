"""Tests of handlers.core.mails."""
