"""The rules: no AWS, no events, no environment; clock and randomness are passed in."""
