"""The secret of the signing keys, as rotation changes it: by versions and their stages."""

import json
import time
from typing import Any

from botocore.exceptions import ClientError

from handlers.core.tokens.signing_keys import SigningKeys
from handlers.store.aws import error_code
from handlers.store.aws.boto_client import boto_client

DAY_SECONDS = 86400
CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"


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
        stages = boto_client("secretsmanager").describe_secret(SecretId=self._id)["VersionIdsToStages"]
        current = next((id_ for id_, labels in stages.items() if CURRENT in labels), None)
        if current == version:
            return
        boto_client("secretsmanager").update_secret_version_stage(
            SecretId=self._id, VersionStage=CURRENT, MoveToVersionId=version, RemoveFromVersionId=current
        )

    def age_days(self) -> float:
        """Return the days since the last rotation, or since the secret was made."""
        known = boto_client("secretsmanager").describe_secret(SecretId=self._id)
        since: float = (known.get("LastRotatedDate") or known["CreatedDate"]).timestamp()
        return (time.time() - since) / DAY_SECONDS

    def _find(self, **which: str) -> SigningKeys | None:
        """Return the value; None for a secret or a version without one."""
        try:
            answer = boto_client("secretsmanager").get_secret_value(SecretId=self._id, **which)
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                return None
            raise
        value: SigningKeys | None = json.loads(answer.get("SecretString", "null"))
        return value

    def _put(self, value: SigningKeys, **how: Any) -> None:
        boto_client("secretsmanager").put_secret_value(SecretId=self._id, SecretString=json.dumps(value), **how)
