"""The local stack: an embedded AWS, and an engine that makes the program's resources on it."""
