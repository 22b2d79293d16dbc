"""Functions that operators invoke with their AWS credentials."""
