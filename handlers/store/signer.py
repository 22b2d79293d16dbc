"""The signature of access tokens, with the current key in Secrets Manager, which is fetched once an hour."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from handlers.core.tokens import jws, signing_keys
from handlers.store.aws import client


class SecretSigner:
    """Implements `core.ports.Signer`."""

    def __init__(self, secret_id: str, clock: Callable[[], float] = time.time) -> None:
        self._secret_id = secret_id
        self._clock = clock
        self._key: tuple[str, RSAPrivateKey] | None = None
        self._fetched_at = 0.0

    def sign(self, claims: Mapping[str, Any]) -> str:
        """No call when warm."""
        kid, key = self._current()
        return jws.sign(claims, kid, key)

    def prepare(self) -> None:
        """Fetch the key, so that the first signature does not wait for it. Raises what `sign` would raise."""
        self._current()

    def _current(self) -> tuple[str, RSAPrivateKey]:
        """Return the key; it is fetched when it is older than an hour, or the clock was set back.

        The clock is the wall clock: a monotonic one stands still while Lambda has frozen the function.
        """
        now = self._clock()
        if self._key is None or not 0 <= now - self._fetched_at < signing_keys.SIGNER_MAX_AGE_SECONDS:
            found = client("secretsmanager").call("GetSecretValue", SecretId=self._secret_id)
            self._key = signing_keys.signing_key(json.loads(found["SecretString"]))
            self._fetched_at = now
        return self._key
