"""Credentials of providers and the pepper, from Secrets Manager: fetched once an hour, never in an environment."""

import json
import time
from collections.abc import Callable

from handlers.store.aws import client

MAX_AGE_SECONDS = 3600


class Credentials:
    """The JSON object that a secret holds."""

    def __init__(self, secret_id: str, clock: Callable[[], float] = time.time) -> None:
        self._id = secret_id
        self._clock = clock
        self._value: dict[str, str] = {}
        self._fetched_at = 0.0

    def __getitem__(self, name: str) -> str:
        """Return one member; no call when warm."""
        now = self._clock()
        if not self._value or not 0 <= now - self._fetched_at < MAX_AGE_SECONDS:
            found = client("secretsmanager").call("GetSecretValue", SecretId=self._id)
            self._value = json.loads(found["SecretString"])
            self._fetched_at = now
        return self._value[name]


class Pepper:
    """The key of pseudonyms in counters; see `core.limits.places.pseudonym`."""

    def __init__(self, secret_id: str) -> None:
        self._secret = Credentials(secret_id)

    def __call__(self) -> bytes:
        """No call when warm."""
        return self._secret["pepper"].encode()
