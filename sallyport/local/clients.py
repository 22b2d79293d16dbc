"""Clients of the embedded AWS. boto3 is imported when the first is made, because most commands need none."""

import threading
from dataclasses import dataclass
from typing import Any

from sallyport.local.keys import RootKeys
from sallyport.local.naming import DEFAULT

REGION = "us-east-1"


@dataclass(frozen=True)
class Target:
    """An embedded AWS, and the project and stack to deploy to it."""

    url: str
    keys: RootKeys
    project: str
    stack: str
    naming: str = DEFAULT
    """The pattern of generated names."""


class Clients:
    """boto3 clients of an embedded AWS, with the account's root keys, each made once."""

    def __init__(self, url: str, keys: RootKeys) -> None:
        self._url = url
        self._keys = keys
        self._known: dict[str, Any] = {}
        self._session: Any = None  # one, because each reads botocore's data anew
        self._lock = threading.Lock()  # making a client is not thread-safe; using it is

    def __call__(self, service: str) -> Any:
        """Return the client of a service."""
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
            proxies={},  # the embedded AWS is on this machine
        )
        self._session = self._session or boto3.Session(
            aws_access_key_id=self._keys.access_key_id,
            aws_secret_access_key=self._keys.secret_access_key,
            aws_session_token=self._keys.session_token,
            region_name=REGION,
        )
        return self._session.client(service, endpoint_url=self._url, config=config)
