"""A team's function that knows the users of another system. docs/operations.md has its contract."""

import json

from handlers.core.ports import Unanswered
from handlers.store.aws import AwsError, single_client

VERSION = "1"
MOST_BYTES = 16 * 1024


class LambdaMigration:
    """Implements `core.ports.Migration`."""

    def __init__(self, function_arn: str) -> None:
        self._function_arn = function_arn

    def ask(self, address: str, password: str) -> bytes:
        """One invocation, which is not repeated."""
        event = json.dumps({"version": VERSION, "email": address, "password": password})
        try:
            answer = single_client("lambda").call("Invoke", FunctionName=self._function_arn, Payload=event)
        except AwsError as error:
            raise Unanswered(f"the function was not invoked: {error.code}") from None
        content: bytes = answer["Payload"]
        if answer.get("FunctionError"):
            raise Unanswered("the function has failed")
        if len(content) > MOST_BYTES:
            raise Unanswered("the answer is too long")
        return content
