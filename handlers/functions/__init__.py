"""The deployed functions, one file each, by capability: parse the event, call core once, map the result."""
