"""Cold starts beside other people's functions, as Lambda has them, in the same rounds.

The peers run with bytecode, which most archives leave out, and with the memory of ours.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any

from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench import archives
from bench.execution_environment import Function, Run, run, variables
from bench.peers import environments
from bench.tls_front import Front
from sallyport.client.stack.local_stack import LocalStack
from tests.support.handlers import Handlers, authorized

PEERS = Path(__file__).with_name("functions")
AUTHORIZERS = {
    "PyJWT": "authorizer_pyjwt",
    "Powertools + PyJWT": "authorizer_powertools",
    "python-jose + requests + boto3": "authorizer_jose",
}
SIGN_IN = "signin_tutorial"
LIBRARIES = {
    "authorizer_pyjwt": ("PyJWT", "cryptography"),
    "authorizer_powertools": ("aws-lambda-powertools", "PyJWT", "cryptography"),
    "authorizer_jose": ("python-jose", "cryptography", "requests"),
    "signin_tutorial": ("PyJWT", "cryptography", "argon2-cffi"),
}
"""What the archives hold; boto3 is in Lambda's runtime."""
PASSWORD = "violet otters paddle past nine"


@contextmanager
def keys_served(handlers: Handlers) -> Iterator[str]:
    """Serve our issuer's public keys, as issuers do; yield the address."""
    with redirect_stdout(StringIO()):  # the handler's own log line
        found = json.dumps(handlers.call("jwks").body).encode()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(found)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/jwks.json"
        server.shutdown()


def authorizer(
    name: str, stack: LocalStack, front: Front, handlers: Handlers, keys: str, memory_mb: int, events: list[Any]
) -> Run:
    """Run a peer's authorizer."""
    known = {one: handlers.environment[one] for one in ("TABLE_NAME", "ISSUER", "AUDIENCE")}
    where = {**variables(stack, front), **known, "JWKS_URL": keys}
    return run(Function(environments.python(), [PEERS], AUTHORIZERS[name], where, memory_mb), events, front.calls)


@contextmanager
def users(stack: LocalStack) -> Iterator[dict[str, str]]:
    """Make a table with one user, and a secret with a key; yield their names as variables."""
    dynamodb, secretsmanager = stack.aws("dynamodb"), stack.aws("secretsmanager")
    name = f"bench-{secrets.token_hex(4)}"
    private = rsa.generate_private_key(65537, 2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    hashed = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash(PASSWORD)
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "email", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName=name, Item={"email": {"S": "ada@example.com"}, "password": {"S": hashed}})
    secretsmanager.create_secret(Name=name, SecretString=pem)
    try:
        yield {"USERS_TABLE": name, "JWT_SECRET_ID": name}
    finally:
        dynamodb.delete_table(TableName=name)
        secretsmanager.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


def sign_in(stack: LocalStack, front: Front, of_users: dict[str, str], memory_mb: int, count: int) -> Run:
    """Run the tutorial's sign-in."""
    event = {"body": json.dumps({"email": "ada@example.com", "password": PASSWORD}), **authorized()}
    where = {**variables(stack, front), **of_users}
    return run(Function(environments.python(), [PEERS], SIGN_IN, where, memory_mb), [event] * count, front.calls)


def archive_bytes(module: str) -> int:
    """Return the size of a peer's archive."""
    return archives.theirs(PEERS / f"{module}.py", environments.python(), LIBRARIES[module])
