"""The signing keys in Secrets Manager: fetched once an hour, rotated by versions and their stages."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from handlers.core.tokens import signing_keys
from handlers.core.tokens.signing_keys import SigningKeys
from handlers.store.aws import client

DAY_SECONDS = 86400
CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"


class SecretSigner:
    """Implements `core.ports.Signer`."""

    def __init__(self, secret_id: str, clock: Callable[[], float] = time.time) -> None:
        self._secret = SigningKeysSecret(secret_id)
        self._clock = clock
        self._key: tuple[str, RSAPrivateKey] | None = None
        self._fetched_at = 0.0

    def sign(self, claims: Mapping[str, Any]) -> str:
        """No call when warm: the keys are fetched when they are older than an hour, or the clock was set back.

        The clock is the wall clock: a monotonic one stands still while Lambda has frozen the function.
        """
        now = self._clock()
        if self._key is None or not 0 <= now - self._fetched_at < signing_keys.SIGNER_MAX_AGE_SECONDS:
            self._key = signing_keys.signing_key(self._secret.current())
            self._fetched_at = now
        kid, key = self._key
        return jwt.encode(dict(claims), key, algorithm="RS256", headers={"kid": kid, "typ": "at+jwt"})


class SigningKeysSecret:
    """The versions of the secret."""

    def __init__(self, secret_id: str) -> None:
        self._id = secret_id

    def current(self) -> SigningKeys:
        """Return the current keys. Raises `LookupError` if there are none yet."""
        value = self._find(VersionStage=CURRENT)
        if value is None:
            raise LookupError("the secret holds no signing keys")
        return value

    def version(self, version: str) -> SigningKeys | None:
        """Return the keys of this version, if it has any."""
        return self._find(VersionId=version)

    def has_current(self) -> bool:
        """Return whether there are current keys."""
        return self._find(VersionStage=CURRENT) is not None

    def put_pending(self, version: str, value: SigningKeys) -> None:
        """Store keys that do not sign yet."""
        self._put(value, ClientRequestToken=version, VersionStages=[PENDING])

    def put_current(self, value: SigningKeys) -> None:
        """Store keys that sign from now on."""
        self._put(value)

    def promote(self, version: str) -> None:
        """Make this version the current one. May be repeated."""
        stages = client("secretsmanager").describe_secret(SecretId=self._id)["VersionIdsToStages"]
        current = next((id_ for id_, labels in stages.items() if CURRENT in labels), None)
        if current == version:
            return
        client("secretsmanager").update_secret_version_stage(
            SecretId=self._id, VersionStage=CURRENT, MoveToVersionId=version, RemoveFromVersionId=current
        )

    def age_days(self) -> float:
        """Return the days since the last rotation, or since the secret was made."""
        known = client("secretsmanager").describe_secret(SecretId=self._id)
        since: float = (known.get("LastRotatedDate") or known["CreatedDate"]).timestamp()
        return (time.time() - since) / DAY_SECONDS

    def _find(self, **which: str) -> SigningKeys | None:
        """Return the value; None for a secret or a version without one."""
        try:
            answer = client("secretsmanager").get_secret_value(SecretId=self._id, **which)
        except client("secretsmanager").exceptions.ResourceNotFoundException:
            return None
        value: SigningKeys | None = json.loads(answer.get("SecretString", "null"))
        return value

    def _put(self, value: SigningKeys, **how: Any) -> None:
        client("secretsmanager").put_secret_value(SecretId=self._id, SecretString=json.dumps(value), **how)
