"""The terminal: run the stack on this machine, look into it, and check any stack by its outputs."""
