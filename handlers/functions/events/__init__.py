"""Events: their delivery."""
