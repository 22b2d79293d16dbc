"""The scopes of tokens and routes."""

ACCOUNT = "account"
"""The scope of the caller's own account. Its routes accept tokens of our own issuer only."""

ENROL = "enrol"
"""The scope to add a second factor, and nothing else: for users without one, on a stack that requires it."""

HELLO_API = "HelloAPI"
HELLO_READ = f"{HELLO_API}/hello.read"
HELLO_WRITE = f"{HELLO_API}/hello.write"

POOL_USER = "aws.cognito.signin.user.admin"
"""The scope of tokens that users get from Cognito's API with their own password. Not an OAuth scope: it allows all that
the user may do. None of our clients can request it at the hosted page."""
