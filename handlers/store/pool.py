"""Users of the user pool who are users of the directory too, by their address."""

import secrets
from typing import Any

from handlers.store.aws import AwsError, client

MOST_CHARACTERS = 128
"""Longer addresses have no user. Source: Cognito API Reference, AdminGetUser, `Username`."""


class CognitoPool:
    """Implements `core.ports.Pool`."""

    def __init__(self, pool_id: str) -> None:
        self._id = pool_id

    def change_address(self, old: str, new: str) -> None:
        """One call to Cognito; two if the new address has a user."""
        attributes = [{"Name": "email", "Value": new}, {"Name": "email_verified", "Value": "true"}]
        try:
            self._if_there("AdminUpdateUserAttributes", old, UserAttributes=attributes)
        except AwsError as error:
            if error.code not in ("AliasExistsException", "UsernameExistsException"):
                raise
            self.delete(old)

    def end_access(self, address: str) -> None:
        """Two calls to Cognito."""
        unknown = secrets.token_urlsafe(32)
        self._if_there("AdminSetUserPassword", address, Password=unknown, Permanent=True)
        self._if_there("AdminUserGlobalSignOut", address)

    def delete(self, address: str) -> None:
        """One call to Cognito."""
        self._if_there("AdminDeleteUser", address)

    def _if_there(self, operation: str, address: str, **more: Any) -> None:
        if len(address) > MOST_CHARACTERS:
            return
        try:
            client("cognito-idp").call(operation, UserPoolId=self._id, Username=address, **more)
        except AwsError as error:
            if error.code != "UserNotFoundException":
                raise
