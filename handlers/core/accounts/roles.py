"""Scopes of users, by their roles."""

from collections.abc import Iterable

from contract.roles import Roles
from contract.scopes import ACCOUNT


def scopes_of(roles: Roles, held: Iterable[str]) -> frozenset[str]:
    """Return the scopes of a user who holds these roles. A role that the stack does not name gives nothing."""
    return frozenset((ACCOUNT, *(scope for role in held for scope in roles.get(role, ()))))
