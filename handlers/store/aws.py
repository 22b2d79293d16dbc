"""Clients of AWS: made once, when first needed, with timeouts and retries set."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")

TIMEOUT_SECONDS, HASTY_SECONDS = 3, 1
PATIENCE_ROUNDS, PATIENCE_SECONDS = 5, 4


@cache
def client(service: str) -> Any:
    """The boto3 client of a service."""
    return _make(service, TIMEOUT_SECONDS, attempts=3)


@cache
def hasty_client(service: str) -> Any:
    """One for what nobody is to wait for."""
    return _make(service, HASTY_SECONDS, attempts=1)


def _make(service: str, seconds: int, *, attempts: int) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=1,
        read_timeout=seconds,
        retries={"mode": "standard", "max_attempts": attempts},
    )
    return boto3.client(service, config=config)


def patiently(act: Callable[[], T]) -> T:
    """Do it, again and again for as long as it is denied: rights that were just given take seconds to be known.

    Source: AWS IAM User Guide, "Changes that I make are not always immediately visible".
    """
    from botocore.exceptions import ClientError

    for _ in range(PATIENCE_ROUNDS):
        try:
            return act()
        except ClientError as error:
            if "AccessDenied" not in error_code(error):
                raise
            time.sleep(PATIENCE_SECONDS)
    return act()


def error_code(error: Exception) -> str:
    """The code of a botocore `ClientError`; empty for anything else."""
    response: dict[str, Any] = getattr(error, "response", {})
    code: str = response.get("Error", {}).get("Code", "")
    return code
