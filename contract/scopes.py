"""The scopes that tokens carry and routes ask for."""

ACCOUNT = "account"
"""The caller may use their own account. Routes that ask for it take tokens of our own issuer only."""

ENROL = "enrol"
"""The caller may add a second factor, and nothing else: they have none, and this stack asks for one."""

HELLO_API = "HelloAPI"
HELLO_READ = f"{HELLO_API}/hello.read"
HELLO_WRITE = f"{HELLO_API}/hello.write"

ORDERS_API = "OrdersAPI"
ORDERS_READ = f"{ORDERS_API}/orders.read"
ORDERS_WRITE = f"{ORDERS_API}/orders.write"

POOL_USER = "aws.cognito.signin.user.admin"
"""In tokens of users who gave their password to Cognito's API themselves: no OAuth scope, all that the user may do.
None of our clients can ask for it at the hosted page."""

RESOURCE_SERVERS = {
    HELLO_API: {"hello.read": "Read greetings", "hello.write": "Change greetings"},
    ORDERS_API: {"orders.read": "See own orders", "orders.write": "Place, change and cancel own orders"},
}
"""The pool's resource servers as Cognito wants them: identifier → scope name → description."""

POOL_SCOPES = tuple(f"{server}/{name}" for server, names in RESOURCE_SERVERS.items() for name in names)

SESSION_SCOPES = (ACCOUNT, ORDERS_READ, ORDERS_WRITE)
"""What every session of our own issuer may do."""
