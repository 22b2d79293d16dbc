"""What the stack is made of: one component a file."""
