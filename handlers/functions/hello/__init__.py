"""The example route for tokens of the user pool."""
