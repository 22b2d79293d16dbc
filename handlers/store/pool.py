"""Users of the user pool who are users of the directory too, by their address."""

import contextlib
import secrets
from typing import Any

from handlers.store.aws import client

MOST_CHARACTERS = 128
"""Longer addresses have no user. Source: Cognito API Reference, AdminGetUser, `Username`."""


class CognitoPool:
    """Implements `core.ports.Pool`."""

    def __init__(self, pool_id: str) -> None:
        self._id = pool_id

    def change_address(self, old: str, new: str) -> None:
        """One call to Cognito; two if the new address has a user."""
        attributes = [{"Name": "email", "Value": new}, {"Name": "email_verified", "Value": "true"}]
        cognito = client("cognito-idp")
        try:
            self._if_there("admin_update_user_attributes", old, UserAttributes=attributes)
        except (cognito.exceptions.AliasExistsException, cognito.exceptions.UsernameExistsException):
            self.delete(old)

    def end_access(self, address: str) -> None:
        """Two calls to Cognito."""
        unknown = secrets.token_urlsafe(32)
        self._if_there("admin_set_user_password", address, Password=unknown, Permanent=True)
        self._if_there("admin_user_global_sign_out", address)

    def delete(self, address: str) -> None:
        """One call to Cognito."""
        self._if_there("admin_delete_user", address)

    def _if_there(self, operation: str, address: str, **more: Any) -> None:
        if len(address) > MOST_CHARACTERS:
            return
        cognito = client("cognito-idp")
        with contextlib.suppress(cognito.exceptions.UserNotFoundException):
            getattr(cognito, operation)(UserPoolId=self._id, Username=address, **more)
