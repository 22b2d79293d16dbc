"""The Lambda authorizer of our own API and of any other in this account: see `handlers.adapters.authorizer_events`.

It fails closed: a fault is a 500 of API Gateway's, which allows nothing and is not cached.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from contract.route import Session
from contract.routes import authorized
from handlers import env, init_phase
from handlers.adapters.authorizer_events import Authorizer, serve
from handlers.core.tokens import access, published_keys
from handlers.core.tokens.access import Rule
from handlers.core.tokens.authenticator import OwnSessions, TokenAuthenticator, TrustedIssuer
from handlers.core.tokens.jwks import KeyCache
from handlers.core.tokens.verifier import Policy
from handlers.store import jwks
from handlers.store.directory import DynamoDirectory

ENV = env.load(
    "TABLE_NAME", "ISSUER", "API_ADDRESS", "FORMER_ISSUERS", "AUDIENCE", "API_ID", "POOL_ISSUER", "POOL_JWKS_URL",
    "POOL_CLIENT_IDS", "TRUSTED_ISSUERS", "SCOPE_GRANTS", "ROLES", "SESSION_CACHE_SECONDS",
)  # fmt: skip
DIRECTORY = DynamoDirectory(ENV["TABLE_NAME"])
FOREIGN_SKEW_SECONDS = 60


OWN_KEYS = KeyCache(lambda: published_keys.visible(DIRECTORY.published_keys(), time.time()))


def _own() -> list[TrustedIssuer]:
    """Return our own issuer under each of its names: that of now, those of before, and the API's own address."""
    roles = {role: tuple(scopes) for role, scopes in json.loads(ENV["ROLES"]).items()}
    sessions = OwnSessions(DIRECTORY, roles, ENV["API_ADDRESS"])
    names = (ENV["ISSUER"], ENV["API_ADDRESS"], *json.loads(ENV["FORMER_ISSUERS"]))
    return [TrustedIssuer(_own_policy(name), OWN_KEYS, sessions) for name in names]


def _own_policy(issuer: str) -> Policy:
    audiences = frozenset({ENV["AUDIENCE"]})
    return Policy(issuer=issuer, audiences=audiences, token_use="access", is_typed=True)  # noqa: S106 the name of a use


def _pool() -> TrustedIssuer:
    policy = Policy(
        issuer=ENV["POOL_ISSUER"],
        audiences=frozenset(ENV["POOL_CLIENT_IDS"].split()),
        audience_claim="client_id",
        token_use="access",  # noqa: S106 the name of a use
    )
    return TrustedIssuer(policy, _over_the_net(lambda: jwks.fetch(ENV["POOL_JWKS_URL"])))


def _foreign() -> list[TrustedIssuer]:
    audiences: dict[str, set[str]] = {}
    for line in json.loads(ENV["TRUSTED_ISSUERS"]):
        issuer, audience = line.split()
        audiences.setdefault(issuer, set()).add(audience)
    return [_discovered(issuer, frozenset(known)) for issuer, known in audiences.items()]


def _discovered(issuer: str, audiences: frozenset[str]) -> TrustedIssuer:
    policy = Policy(issuer=issuer, audiences=audiences, token_use=None, skew_seconds=FOREIGN_SKEW_SECONDS)
    return TrustedIssuer(policy, _over_the_net(lambda: jwks.discover(issuer)))


def _over_the_net(fetch: Callable[[], Any]) -> KeyCache:
    """Return a cache of keys that are fetched over the network; not every request waits for an issuer that is down."""
    return KeyCache(fetch, first_interval_seconds=1)


AUTHORIZER = Authorizer(
    TokenAuthenticator([*_own(), _pool(), *_foreign()], int(ENV["SESSION_CACHE_SECONDS"])),
    ENV["API_ID"],
    {key: Rule(guard.scopes, own_only=isinstance(guard, Session)) for key, guard in authorized().items()},
    access.read_grants(json.loads(ENV["SCOPE_GRANTS"])),
)

handler = serve(AUTHORIZER)
init_phase.connect([lambda: OWN_KEYS.get(time.time())])
