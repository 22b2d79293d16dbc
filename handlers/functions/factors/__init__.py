"""The caller's own factors."""
