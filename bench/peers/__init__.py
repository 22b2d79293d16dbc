"""Other people's code beside ours, in environments of its own."""
