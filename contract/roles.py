"""Roles of users. The stack's `roles` setting names them; a role gives scopes, and routes ask for scopes."""

from collections.abc import Mapping

from contract.applications import SESSION_SCOPES

USER = "user"
"""The role of new users, unless `defaultRoles` names others."""

Roles = Mapping[str, tuple[str, ...]]
"""Role → its scopes. The scope `account` belongs to every user, whatever the roles."""

DEFAULT_ROLES: Roles = {USER: SESSION_SCOPES}
"""The roles of a stack that names none. `roles` adds others, and may give `user` other scopes."""

NAME = r"[a-z][a-z0-9_-]{0,31}"
SCOPE = r"[\x21\x23-\x5b\x5d-\x7e]{1,128}"
"""Source: RFC 6749 §3.3, `scope-token`."""
