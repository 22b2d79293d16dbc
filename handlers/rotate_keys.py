"""The rotation function of the signing keyset, called by Secrets Manager in four steps, and once by the deployment.

Every step may be repeated; a rotation that stops between two steps leaves a keyset that signs and verifies.
Source: AWS Secrets Manager User Guide, "Rotation by Lambda function".
"""

import secrets
import time

from handlers import env
from handlers.core import key_sets, keyset, published
from handlers.http import task
from handlers.store.aws import patiently
from handlers.store.directory import DynamoDirectory
from handlers.store.keyset import KeysetSecret

ENV = env.load("TABLE_NAME", "KEYSET_SECRET_ID")
SECRET = KeysetSecret(ENV["KEYSET_SECRET_ID"])
DIRECTORY = DynamoDirectory(ENV["TABLE_NAME"])


def bootstrap(_: str) -> None:
    """The deployment's own step: a first keyset, published."""
    if not patiently(SECRET.has_current):
        first = keyset.create(secrets.token_bytes)
        patiently(lambda: SECRET.put_first(first))
    published_keys = keyset.publish(SECRET.current())
    patiently(lambda: DIRECTORY.publish_keys(published_keys))


def create_secret(version: str) -> None:
    """Make the next keyset, unless this version has one already."""
    if not SECRET.has_version(version):
        SECRET.put_pending(version, keyset.rotate(SECRET.current(), int(time.time()), secrets.token_bytes))


def set_secret(version: str) -> None:
    """Publish its public keys, before any of them signs."""
    DIRECTORY.publish_keys(keyset.publish(SECRET.version(version)))


def test_secret(version: str) -> None:
    """What the version signs must be verifiable by the keys that are published."""
    kid, key = keyset.signing_key(SECRET.version(version))
    keys = key_sets.load(published.visible(DIRECTORY.published_keys(), time.time()))
    if keys[kid].public_numbers() != key.public_key().public_numbers():
        raise RuntimeError("the published key is not the signing key's")


def finish_secret(version: str) -> None:
    """Let the version sign."""
    SECRET.promote(version)


handler = task(
    {
        "bootstrap": bootstrap,
        "createSecret": create_secret,
        "setSecret": set_secret,
        "testSecret": test_secret,
        "finishSecret": finish_secret,
    }
)
