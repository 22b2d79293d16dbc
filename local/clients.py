"""Clients of the embedded AWS. boto3 is imported when the first is made: most commands need none."""

import threading
from dataclasses import dataclass
from typing import Any

from local.keys import RootKeys

REGION = "us-east-1"


@dataclass(frozen=True)
class Target:
    """An embedded AWS, and the stack to be made on it."""

    url: str
    keys: RootKeys
    project: str
    stack: str


class Clients:
    """boto3 clients of an embedded AWS, as the account's root, each made once."""

    def __init__(self, url: str, keys: RootKeys) -> None:
        self._url = url
        self._keys = keys
        self._known: dict[str, Any] = {}
        self._lock = threading.Lock()  # making a client is not thread-safe; using it is

    def __call__(self, service: str) -> Any:
        """The client of a service."""
        with self._lock:
            if service not in self._known:
                self._known[service] = self._make(service)
            return self._known[service]

    def _make(self, service: str) -> Any:
        import boto3
        from botocore.config import Config

        config = Config(
            max_pool_connections=32,
            read_timeout=60,
            retries={"mode": "standard", "max_attempts": 3},
            proxies={},  # it is on this machine
        )
        session = boto3.Session(
            aws_access_key_id=self._keys.access_key_id,
            aws_secret_access_key=self._keys.secret_access_key,
            region_name=REGION,
        )
        return session.client(service, endpoint_url=self._url, config=config)
