"""The public keys as a file of the site, which the distribution serves."""

import json
from collections.abc import Callable
from typing import Any

from contract.edge import CACHE_CONTROL, KEYS_FILE
from handlers.errors import Contended
from handlers.store.aws import error_code
from handlers.store.aws.boto_client import boto_client

KEY = KEYS_FILE.removeprefix("/")
ROUNDS = 5
_NONE_YET = ("NoSuchKey", "AccessDenied")
"""S3 tells those who may not list a bucket nothing of files that are missing. Source: S3 API Reference, GetObject."""
_OVERTAKEN = ("PreconditionFailed", "ConditionalRequestConflict")


class KeyFile:
    """The file, in one bucket."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def publish(self, keys: Callable[[], dict[str, Any]]) -> None:
        """Write the JWK set that `keys` returns, unless the file has it. Raises `Contended`.

        The keys are read after the file and written only if the file is as it was read, so that of two writers at once
        none can bring back older keys.
        """
        for _ in range(ROUNDS):
            before = self._read()
            text = json.dumps(keys())
            if before and before[1] == text:
                return
            if self._write(text, {"IfMatch": before[0]} if before else {"IfNoneMatch": "*"}):
                return
        raise Contended

    def _read(self) -> tuple[str, str] | None:
        """Return the file's entity tag and its text."""
        from botocore.exceptions import ClientError

        try:
            found = boto_client("s3").get_object(Bucket=self._bucket, Key=KEY)
        except ClientError as error:
            if error_code(error) in _NONE_YET:
                return None
            raise
        return found["ETag"], found["Body"].read().decode()

    def _write(self, text: str, condition: dict[str, str]) -> bool:
        from botocore.exceptions import ClientError

        try:
            boto_client("s3").put_object(
                Bucket=self._bucket,
                Key=KEY,
                Body=text.encode(),
                ContentType="application/json",
                CacheControl=CACHE_CONTROL,
                **condition,
            )
        except ClientError as error:
            if error_code(error) in _OVERTAKEN:
                return False
            raise
        return True
