"""A session after its sign-in: refresh, step-up, sign-out."""
