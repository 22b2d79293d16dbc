"""Functions that AWS invokes: the authorizer, the rotation of keys, the migration of users."""
