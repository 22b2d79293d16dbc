"""Clients of AWS: made once, when first needed, with timeouts and retries set."""

from functools import cache
from typing import Any

TIMEOUT_SECONDS = 3


@cache
def client(service: str) -> Any:
    """The boto3 client of a service."""
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=1,
        read_timeout=TIMEOUT_SECONDS,
        retries={"mode": "standard", "max_attempts": 3},
    )
    return boto3.client(service, config=config)


def error_code(error: Exception) -> str:
    """The code of a botocore `ClientError`; empty for anything else."""
    response: dict[str, Any] = getattr(error, "response", {})
    code: str = response.get("Error", {}).get("Code", "")
    return code
