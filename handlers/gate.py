"""The Lambda authorizer (HTTP API, payload 2.0, simple answers): {isAuthorized, context}.

Whatever cannot be decided is refused: a fault here is a 500 of API Gateway's, which opens nothing and is not cached.
"""

import time

from contract.routes import session_scopes
from handlers import env
from handlers.core import published
from handlers.core.gate import Decision, Gate
from handlers.core.key_sets import KeyCache
from handlers.core.verifier import Policy
from handlers.http import authorizer
from handlers.store.directory import DynamoDirectory

ENV = env.load("TABLE_NAME", "ISSUER", "AUDIENCE")
DIRECTORY = DynamoDirectory(ENV["TABLE_NAME"])
GATE = Gate(
    Policy(issuer=ENV["ISSUER"], audience=ENV["AUDIENCE"], token_use="access"),  # noqa: S106 the name of a use
    KeyCache(lambda: published.visible(DIRECTORY.published_keys(), time.time())),
    DIRECTORY,
    session_scopes(),
)


@authorizer
def handler(authorization: str, route_key: str) -> Decision:
    """See the module."""
    return GATE.decide(authorization, route_key, time.time())
