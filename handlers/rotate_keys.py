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
        patiently(lambda: SECRET.put_current(first))
    current = SECRET.current()
    patiently(lambda: _publish(current, until=_retirement()))


def create_secret(version: str) -> None:
    """Make the next keyset, unless this version has one already."""
    if SECRET.version(version) is None:
        published_keys = DIRECTORY.published_keys()
        SECRET.put_pending(
            version, keyset.rotate(SECRET.current(), published_keys, int(time.time()), secrets.token_bytes)
        )


def set_secret(version: str) -> None:
    """Publish its public keys before any of them signs; the key that still signs has no end yet."""
    _publish(_of(version), until=None)


def test_secret(version: str) -> None:
    """What the version signs must be verifiable by the keys that are published."""
    kid, key = keyset.signing_key(_of(version))
    keys = key_sets.load(published.visible(DIRECTORY.published_keys(), time.time()))
    if keys[kid].public_numbers() != key.public_key().public_numbers():
        raise RuntimeError("the published key is not the signing key's")


def finish_secret(version: str) -> None:
    """Let the version sign, and count the time that the key before it has left."""
    SECRET.promote(version)
    _publish(_of(version), until=_retirement())


def revoke_retired(_: str) -> None:
    """An operator's own step, after a key became known to others: tokens of all retired keys are refused."""
    SECRET.put_current(keyset.without_retired(SECRET.current()))
    _publish(SECRET.current(), until=None)


def _of(version: str) -> keyset.Keyset:
    """The version's keyset; when only the schedule is tested, the version has none, and the current one stands in."""
    return SECRET.version(version) or SECRET.current()


def _publish(value: keyset.Keyset, until: int | None) -> None:
    DIRECTORY.publish_keys(keyset.publish(value, DIRECTORY.published_keys(), until))


def _retirement() -> int:
    return int(time.time()) + keyset.RETIREMENT_SECONDS


handler = task(
    {
        "bootstrap": bootstrap,
        "createSecret": create_secret,
        "setSecret": set_secret,
        "testSecret": test_secret,
        "finishSecret": finish_secret,
        "revokeRetired": revoke_retired,
    }
)
