"""Clients of AWS, with timeouts and retries set. Each is created when it is first needed, and kept."""

from collections.abc import Callable
from functools import cache, wraps
from threading import Lock
from typing import Any

TIMEOUT_SECONDS, HASTY_SECONDS, PATIENT_SECONDS = 3, 1, 10


def _once(make: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return `make` with what it has made kept, for threads too: an error's class belongs to one client."""
    kept, lock = cache(make), Lock()

    @wraps(make)
    def get(service: str) -> Any:
        with lock:
            return kept(service)

    return get


@_once
def client(service: str) -> Any:
    """Return the boto3 client of a service."""
    return _make(service, TIMEOUT_SECONDS, attempts=3)


@_once
def single_client(service: str) -> Any:
    """Return a client that makes every call once."""
    return _make(service, TIMEOUT_SECONDS, attempts=1)


@_once
def hasty_client(service: str) -> Any:
    """Return a client for calls that no caller should wait for: a short timeout, no retries."""
    return _make(service, HASTY_SECONDS, attempts=1)


@_once
def patient_client(service: str) -> Any:
    """Return a client for calls that take seconds, such as invocations of functions that start cold."""
    return _make(service, PATIENT_SECONDS, attempts=2)


def _make(service: str, seconds: int, *, attempts: int) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=1,
        read_timeout=seconds,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    return boto3.client(service, config=config)


def error_code(error: BaseException) -> str:
    """Return the code of a botocore `ClientError`; empty for anything else."""
    response: dict[str, Any] | None = getattr(error, "response", None)  # None also of botocore's own timeouts
    code: str = (response or {}).get("Error", {}).get("Code", "")
    return code
