"""The deployed functions on in-memory ports."""
