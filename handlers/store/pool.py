"""Users of the user pool who are users of the directory too, by their address."""

from typing import Any

from handlers.store.aws import client


class CognitoPool:
    """Implements `core.ports.Pool`."""

    def __init__(self, pool_id: str) -> None:
        self._id = pool_id

    def change_address(self, old: str, new: str) -> None:
        """One call to Cognito."""
        attributes = [{"Name": "email", "Value": new}, {"Name": "email_verified", "Value": "true"}]
        self._if_there("admin_update_user_attributes", old, UserAttributes=attributes)

    def delete(self, address: str) -> None:
        """One call to Cognito."""
        self._if_there("admin_delete_user", address)

    def _if_there(self, operation: str, address: str, **more: Any) -> None:
        cognito = client("cognito-idp")
        try:
            getattr(cognito, operation)(UserPoolId=self._id, Username=address, **more)
        except cognito.exceptions.UserNotFoundException:
            return
