"""The Lambda authorizer, for our own API and for any other of this account: see `handlers.authorizers`.

Whatever cannot be decided is refused: a fault here is a 500 of API Gateway's, which opens nothing and is not cached.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from contract.route import Session
from contract.routes import gated
from handlers import env
from handlers.authorizers import Authorizer, serve
from handlers.core import access, published
from handlers.core.access import Rule
from handlers.core.gate import Gate, Issuer
from handlers.core.key_sets import KeyCache
from handlers.core.verifier import Policy
from handlers.store import jwks
from handlers.store.directory import DynamoDirectory

ENV = env.load(
    "TABLE_NAME", "ISSUER", "AUDIENCE", "API_ID", "POOL_ISSUER", "POOL_JWKS_URL", "POOL_CLIENT_IDS",
    "TRUSTED_ISSUERS", "SCOPE_GRANTS",
)  # fmt: skip
DIRECTORY = DynamoDirectory(ENV["TABLE_NAME"])
FOREIGN_SKEW_SECONDS = 60


def _own() -> Issuer:
    policy = Policy(issuer=ENV["ISSUER"], audiences=frozenset({ENV["AUDIENCE"]}), token_use="access")  # noqa: S106
    keys = KeyCache(lambda: published.visible(DIRECTORY.published_keys(), time.time()))
    return Issuer(policy, keys, DIRECTORY)


def _pool() -> Issuer:
    policy = Policy(
        issuer=ENV["POOL_ISSUER"],
        audiences=frozenset(ENV["POOL_CLIENT_IDS"].split()),
        audience_claim="client_id",
        token_use="access",  # noqa: S106 the name of a use
    )
    return Issuer(policy, _over_the_net(lambda: jwks.fetch(ENV["POOL_JWKS_URL"])))


def _foreign() -> list[Issuer]:
    audiences: dict[str, set[str]] = {}
    for line in json.loads(ENV["TRUSTED_ISSUERS"]):
        issuer, audience = line.split()
        audiences.setdefault(issuer, set()).add(audience)
    return [_discovered(issuer, frozenset(known)) for issuer, known in audiences.items()]


def _discovered(issuer: str, audiences: frozenset[str]) -> Issuer:
    policy = Policy(issuer=issuer, audiences=audiences, token_use=None, skew_seconds=FOREIGN_SKEW_SECONDS)
    return Issuer(policy, _over_the_net(lambda: jwks.discover(issuer)))


def _over_the_net(fetch: Callable[[], Any]) -> KeyCache:
    """One that is out of reach is not waited for by every request."""
    return KeyCache(fetch, first_interval_seconds=1)


AUTHORIZER = Authorizer(
    Gate([_own(), _pool(), *_foreign()]),
    ENV["API_ID"],
    {key: Rule(guard.scopes, own_only=isinstance(guard, Session)) for key, guard in gated().items()},
    access.read_grants(json.loads(ENV["SCOPE_GRANTS"])),
)

handler = serve(AUTHORIZER)
