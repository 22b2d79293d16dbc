"""handlers.store.key_file: the site's file has the keys of now, whoever else writes it."""

import json
import secrets
from typing import Any

import pytest

from handlers.errors import Contended
from handlers.store.key_file import KEY, KeyFile
from sallyport.local.clients import Clients
from tests.support.handlers import Handlers

OLD, NEW = {"keys": [{"kid": "old"}]}, {"keys": [{"kid": "old"}, {"kid": "new"}]}


@pytest.fixture
def bucket(aws: Clients, handlers: Handlers) -> str:
    """A bucket of its own."""
    name = f"key-file-{secrets.token_hex(8)}"
    aws("s3").create_bucket(Bucket=name)
    return name


def content(aws: Clients, bucket: str) -> Any:
    return json.loads(aws("s3").get_object(Bucket=bucket, Key=KEY)["Body"].read())


def test_a_file_that_is_missing_is_written_for_browsers_and_caches(aws: Clients, bucket: str) -> None:
    KeyFile(bucket).publish(lambda: OLD)

    found = aws("s3").get_object(Bucket=bucket, Key=KEY)
    assert (found["ContentType"], found["CacheControl"]) == ("application/json", "public, max-age=300")
    assert json.loads(found["Body"].read()) == OLD


def test_of_two_writers_at_once_none_brings_back_older_keys(aws: Clients, bucket: str) -> None:
    """The slow one has read the directory before the fast one changed it, and looks again."""
    current = [OLD]

    def read_slowly() -> dict[str, Any]:
        seen = current[0]
        if seen is OLD:
            current[0] = NEW
            KeyFile(bucket).publish(lambda: NEW)
        return seen

    KeyFile(bucket).publish(read_slowly)

    assert content(aws, bucket) == NEW


def test_a_file_that_is_right_is_left_alone(aws: Clients, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    KeyFile(bucket).publish(lambda: OLD)
    monkeypatch.setattr(KeyFile, "_write", None)

    KeyFile(bucket).publish(lambda: OLD)

    assert content(aws, bucket) == OLD


def test_a_writer_that_is_always_overtaken_says_so(bucket: str) -> None:
    def overtaken() -> dict[str, Any]:
        KeyFile(bucket).publish(lambda: {"keys": [{"kid": secrets.token_hex(8)}]})
        return OLD

    with pytest.raises(Contended):
        KeyFile(bucket).publish(overtaken)
