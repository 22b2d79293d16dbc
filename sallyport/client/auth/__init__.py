"""Sign-in from a terminal, token storage and factors."""
