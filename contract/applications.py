"""The applications behind the authorizer, and all scopes of the stack."""

from collections.abc import Mapping

from contract import scopes
from contract.application import Application
from contract.orders import ORDERS

APPLICATIONS: tuple[Application, ...] = (ORDERS,)

RESOURCE_SERVERS: dict[str, Mapping[str, str]] = {
    scopes.HELLO_API: {"hello.read": "Read greetings", "hello.write": "Change greetings"},
    **{identifier: names for one in APPLICATIONS for identifier, names in one.resource_servers.items()},
}
"""The pool's resource servers in Cognito's form: identifier → scope name → description."""

POOL_SCOPES = tuple(f"{server}/{name}" for server, names in RESOURCE_SERVERS.items() for name in names)

SESSION_SCOPES = (scopes.ACCOUNT, *(scope for one in APPLICATIONS for scope in one.session_scopes))
"""The scopes of every session of our own issuer."""
