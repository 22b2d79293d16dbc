"""The management of users in the directory and in the pool, with the operator's own AWS credentials."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sallyport.client.errors import Failure
from sallyport.client.stack import aws, operator_identity
from sallyport.client.stack.aws import NoSuchUser

PLACES = ("directory", "pool")
PAGE = 100
NOT_IN_POOL = "not in the pool"

Outputs = Mapping[str, str]
User = dict[str, Any]


class Users:
    """The users of a stack. `place` is `directory` or `pool`. Every method raises `Failure`."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs

    def create(self, place: str, email: str, password: str) -> None:
        """Create a user who can sign in at once."""
        if place == "directory":
            self._directory("create", email=email, password=password)
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
            self._directory("disable", email=email)
            return
        self._pool("admin_disable_user", email)
        self._pool("admin_user_global_sign_out", email)

    def enable(self, place: str, email: str) -> None:
        """Enable a disabled user."""
        if place == "directory":
            self._directory("enable", email=email)
        else:
            self._pool("admin_enable_user", email)

    def unlock(self, email: str) -> None:
        """Unlock a directory user after too many wrong passwords; the pool unlocks its users by itself."""
        self._directory("unlock", email=email)

    def end_sessions(self, email: str) -> None:
        """End all sessions of a directory user."""
        self._directory("end_sessions", email=email)

    def remove_factors(self, email: str) -> None:
        """Remove all second factors of a user who has lost them; sessions end."""
        self._directory("remove_factors", email=email)

    def change_roles(self, email: str, add: Sequence[str], remove: Sequence[str]) -> list[str]:
        """Give and take roles; return those that the user has now."""
        roles: list[str] = self._directory("roles", email=email, add=list(add), remove=list(remove))["roles"]
        return roles

    def delete(self, place: str, email: str) -> None:
        """Delete a user permanently."""
        if place == "directory":
            self._directory("delete", email=email)
        else:
            self._pool("admin_delete_user", email)

    def show(self, email: str) -> dict[str, Any]:
        """Return what is known about a directory user, and the state of the pool's user of this address.

        Raises `NoSuchUser`.
        """
        return {**self._directory("show", email=email), "pool": self.pool_state(email)}

    def find(self, limit: int | None = None, **query: Any) -> Iterator[User]:
        """Yield directory users in the order of their addresses, page by page."""
        after, left = "", limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            page = self._directory("list", query={**query, "after": after, "limit": size})
            yield from page["users"]
            after, left = page["next"], None if left is None else left - len(page["users"])
            if not after:
                return

    def pool_state(self, email: str) -> str:
        """Return the state of the pool's user of this address."""
        try:
            found = self._pool("admin_get_user", email)
        except NoSuchUser:
            return NOT_IN_POOL
        except Failure:
            return "unknown: these credentials may not ask the pool"
        return f"{found['UserStatus'].lower()}{'' if found['Enabled'] else ', disabled'}"

    def _directory(self, action: str, **more: Any) -> dict[str, Any]:
        function = self._outputs["manage_users_function"]
        identity = operator_identity.sign(self._outputs, function)
        answer = Lambdas(self._outputs).invoke(function, {"action": action, "identity": identity, **more})
        if answer.get("code") == "no_such_user":
            raise NoSuchUser(answer["message"])
        if "message" in answer:
            raise Failure(answer["message"])
        return answer

    def _pool(self, operation: str, email: str, **more: Any) -> Any:
        pool_id = self._outputs["user_pool_id"]
        return aws.call(self._outputs, "cognito-idp", operation, UserPoolId=pool_id, Username=email, **more)


class Lambdas:
    """The stack's Lambda functions for operators."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs

    def invoke(self, function: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return the function's answer. Raises `Failure`."""
        payload = json.dumps(event).encode()
        answer = aws.call(self._outputs, "lambda", "invoke", FunctionName=function, Payload=payload)
        if answer.get("FunctionError"):
            raise Failure(f"The function failed; see its log: {function}")
        content: dict[str, Any] = json.loads(answer["Payload"].read()) or {}
        return content
