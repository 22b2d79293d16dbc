"""An application behind the authorizer, as the contract knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contract.route import Route


@dataclass(frozen=True, kw_only=True)
class Application:
    """The routes of an application, and the bodies, resource servers and scopes that they add to the contract."""

    routes: tuple[Route, ...]
    bodies: str | None = None
    """The module with the structs that the routes name, other than those of `contract.requests` and `responses`."""
    resource_servers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The user pool's resource servers: identifier → scope name → description."""
    session_scopes: tuple[str, ...] = ()
    """The scopes for this application that every session of our own issuer has."""
