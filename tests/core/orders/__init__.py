"""Tests of handlers.core.orders."""
