"""A team's function that knows the users of another system. docs/operations.md has its contract."""

import json

from handlers.core.ports import Unanswered
from handlers.store import aws

VERSION = "1"
MOST_BYTES = 16 * 1024


class LambdaMigration:
    """Implements `core.ports.Migration`."""

    def __init__(self, function_arn: str) -> None:
        self._function_arn = function_arn

    def ask(self, address: str, password: str) -> bytes:
        """One invocation, which is not repeated."""
        from botocore.exceptions import BotoCoreError, ClientError

        event = json.dumps({"version": VERSION, "email": address, "password": password})
        try:
            answer = aws.single_client("lambda").invoke(FunctionName=self._function_arn, Payload=event)
            content: bytes = answer["Payload"].read(MOST_BYTES + 1)
        except (BotoCoreError, ClientError) as error:
            raise Unanswered(f"the function was not invoked: {aws.error_code(error) or type(error).__name__}") from None
        if answer.get("FunctionError"):
            raise Unanswered("the function has failed")
        if len(content) > MOST_BYTES:
            raise Unanswered("the answer is too long")
        return content
