"""The management of users in the directory and in the pool, with the operator's own AWS credentials."""

import json
from collections.abc import Mapping
from typing import Any

from sallyport.client.errors import Failure
from sallyport.client.stack import aws
from sallyport.client.stack.aws import NoSuchUser

PLACES = ("directory", "pool")

Outputs = Mapping[str, str]


class Users:
    """The users of a stack. `place` is `directory` or `pool`. Every method raises `Failure`."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs

    def create(self, place: str, email: str, password: str) -> None:
        """Create a user who can sign in at once."""
        if place == "directory":
            self._directory("create", email, password=password)
            return
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        first = {"UserAttributes": attributes, "TemporaryPassword": password, "MessageAction": "SUPPRESS"}
        self._pool("admin_create_user", email, **first)
        self._pool("admin_set_user_password", email, Password=password, Permanent=True)

    def confirm(self, email: str) -> None:
        """Confirm a user who has signed up in the pool and lost the code; directory users are always confirmed."""
        self._pool("admin_confirm_sign_up", email)

    def disable(self, place: str, email: str) -> None:
        """Disable a user: sessions end, sign-in is refused."""
        if place == "directory":
            self._directory("disable", email)
            return
        self._pool("admin_disable_user", email)
        self._pool("admin_user_global_sign_out", email)

    def enable(self, place: str, email: str) -> None:
        """Enable a disabled user."""
        if place == "directory":
            self._directory("enable", email)
        else:
            self._pool("admin_enable_user", email)

    def unlock(self, email: str) -> None:
        """Unlock a directory user after too many wrong passwords; the pool unlocks its users by itself."""
        self._directory("unlock", email)

    def remove_factors(self, email: str) -> None:
        """Remove all second factors of a user who has lost them; sessions end."""
        self._directory("remove_factors", email)

    def delete(self, place: str, email: str) -> None:
        """Delete a user permanently."""
        if place == "directory":
            self._directory("delete", email)
        else:
            self._pool("admin_delete_user", email)

    def _directory(self, action: str, email: str, **more: str) -> None:
        function = self._outputs["manage_users_function"]
        problem = Lambdas(self._outputs).invoke(function, {"action": action, "email": email, **more})
        if problem.get("code") == "no_such_user":
            raise NoSuchUser(problem["message"])
        if "message" in problem:
            raise Failure(problem["message"])

    def _pool(self, operation: str, email: str, **more: Any) -> None:
        pool_id = self._outputs["user_pool_id"]
        aws.call(self._outputs, "cognito-idp", operation, UserPoolId=pool_id, Username=email, **more)


class Lambdas:
    """The stack's Lambda functions for operators."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs

    def invoke(self, function: str, event: Mapping[str, str]) -> dict[str, Any]:
        """Return the function's answer. Raises `Failure`."""
        payload = json.dumps(event).encode()
        answer = aws.call(self._outputs, "lambda", "invoke", FunctionName=function, Payload=payload)
        if answer.get("FunctionError"):
            raise Failure(f"The function failed; see its log: {function}")
        content: dict[str, Any] = json.loads(answer["Payload"].read())
        return content
