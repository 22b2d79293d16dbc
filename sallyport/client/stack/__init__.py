"""Stacks, local and others: their outputs, logs, mail and users."""
