"""The components of the stack, one per file."""
