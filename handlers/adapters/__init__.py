"""Between AWS events and the rules: requests, responses, authorizer events, batches."""
