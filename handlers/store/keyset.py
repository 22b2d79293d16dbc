"""The signing keyset in Secrets Manager: fetched once an hour, rotated by versions and their stages."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from handlers.core import keyset
from handlers.core.keyset import Keyset
from handlers.store.aws import client

CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"


class SecretSigner:
    """Keeps the promises of `core.ports.Signer`."""

    def __init__(self, secret_id: str, clock: Callable[[], float] = time.time) -> None:
        self._secret = KeysetSecret(secret_id)
        self._clock = clock
        self._key: tuple[str, RSAPrivateKey] | None = None
        self._fetched_at = 0.0

    def sign(self, claims: Mapping[str, Any]) -> str:
        """No call when warm: the keyset is fetched when it is older than an hour, or a clock went back.

        By the wall clock: a monotonic one stands still while Lambda keeps the function frozen.
        """
        now = self._clock()
        if self._key is None or not 0 <= now - self._fetched_at < keyset.SIGNER_MAX_AGE_SECONDS:
            self._key = keyset.signing_key(self._secret.current())
            self._fetched_at = now
        kid, key = self._key
        return jwt.encode(dict(claims), key, algorithm="RS256", headers={"kid": kid, "typ": "at+jwt"})


class KeysetSecret:
    """The versions of the secret that holds the keyset."""

    def __init__(self, secret_id: str) -> None:
        self._id = secret_id

    def current(self) -> Keyset:
        """The keyset that signs now. Raises `LookupError` if there is none yet."""
        value = self._find(VersionStage=CURRENT)
        if value is None:
            raise LookupError("the secret holds no keyset")
        return value

    def version(self, version: str) -> Keyset | None:
        """The keyset of this version, if it has one."""
        return self._find(VersionId=version)

    def has_current(self) -> bool:
        """Whether there is a keyset at all."""
        return self._find(VersionStage=CURRENT) is not None

    def put_pending(self, version: str, value: Keyset) -> None:
        """Store a value that does not sign yet."""
        self._put(value, ClientRequestToken=version, VersionStages=[PENDING])

    def put_current(self, value: Keyset) -> None:
        """Store a value that signs from now on."""
        self._put(value)

    def promote(self, version: str) -> None:
        """Make this version the current one; nothing happens if it is already."""
        stages = client("secretsmanager").describe_secret(SecretId=self._id)["VersionIdsToStages"]
        current = next((id_ for id_, labels in stages.items() if CURRENT in labels), None)
        if current == version:
            return
        client("secretsmanager").update_secret_version_stage(
            SecretId=self._id, VersionStage=CURRENT, MoveToVersionId=version, RemoveFromVersionId=current
        )

    def _find(self, **which: str) -> Keyset | None:
        """The value; None for a secret or a version that has none yet."""
        try:
            answer = client("secretsmanager").get_secret_value(SecretId=self._id, **which)
        except client("secretsmanager").exceptions.ResourceNotFoundException:
            return None
        value: Keyset | None = json.loads(answer.get("SecretString", "null"))
        return value

    def _put(self, value: Keyset, **how: Any) -> None:
        client("secretsmanager").put_secret_value(SecretId=self._id, SecretString=json.dumps(value), **how)
