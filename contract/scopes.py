"""The scopes that tokens carry and routes ask for."""

ACCOUNT = "account"
"""Given to every token of our own issuer: the caller may use their own account."""

HELLO_API = "HelloAPI"
HELLO_READ = f"{HELLO_API}/hello.read"
HELLO_WRITE = f"{HELLO_API}/hello.write"

HELLO_SCOPES = {
    "hello.read": "Read greetings",
    "hello.write": "Change greetings",
}
"""The resource server's scopes as Cognito wants them: name → description."""
