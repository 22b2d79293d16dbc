"""boto3 behind the same two methods as our own client, and by itself for what no user waits for."""

import re
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from handlers.store.aws import TIMEOUT_SECONDS
from handlers.store.aws.connections import CONNECT_SECONDS
from handlers.store.aws.errors import AwsError, NoAnswer


class BotoClient:
    """Calls to one service. Implements `handlers.store.aws.Client`."""

    def __init__(self, service: str, seconds: float, attempts: int) -> None:
        self._client = _make(service, seconds, attempts)

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        """Return the answer. Raises `AwsError`."""
        act: Callable[..., dict[str, Any]] = getattr(self._client, _snake(operation))
        try:
            answer = act(**request)
            if hasattr(answer.get("Payload"), "read"):
                answer["Payload"] = answer["Payload"].read()
            return answer
        except ClientError as error:
            raise _own(error.response) from None
        except BotoCoreError as error:
            raise NoAnswer(type(error).__name__) from None

    def connect(self) -> None:
        """Do nothing: boto3 opens a connection with the first call."""


@cache
def boto_client(service: str) -> Any:
    """Return boto3's own client of a service, for rotation and for S3."""
    return _make(service, TIMEOUT_SECONDS, 3)


_making = Lock()


def _make(service: str, seconds: float, attempts: int) -> Any:
    retries = {"mode": "standard", "total_max_attempts": attempts}
    with _making:  # boto3's session is not for several threads
        config = Config(connect_timeout=CONNECT_SECONDS, read_timeout=seconds, retries=retries)
        return boto3.client(service, config=config)


def _own(response: dict[str, Any]) -> AwsError:
    told = response.get("Error", {})
    reasons = tuple(str(reason.get("Code")) for reason in response.get("CancellationReasons", ()))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return AwsError(told.get("Code", ""), told.get("Message", ""), status, reasons=reasons)


def _snake(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
