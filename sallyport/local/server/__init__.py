"""The process of the embedded AWS: MiniStack, and the AWS features that it lacks."""
