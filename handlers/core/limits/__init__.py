"""Limits: the counters that each act consumes."""
