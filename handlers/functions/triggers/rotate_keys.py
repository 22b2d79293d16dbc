"""The rotation of the signing keys, invoked by Secrets Manager in four steps, and once by the deployment.

The public keys are in the directory, where the authorizer reads them, and in a file of the site, for everybody else.
Every step may be repeated; a rotation that stops between two steps leaves keys that sign and verify.
Source: AWS Secrets Manager User Guide, "Rotation by Lambda function".
"""

import json
import secrets
import time
from typing import Any

from contract import metrics
from contract.events import SigningKeysRevoked, SigningKeysRotated
from handlers import env
from handlers.adapters.http import task
from handlers.core.tokens import jwks, published_keys, signing_keys
from handlers.store.directory import DynamoDirectory
from handlers.store.event_log import LogEvents
from handlers.store.key_file import KeyFile
from handlers.store.retry import retry_while_denied
from handlers.store.signing_keys import SigningKeysSecret

ENV = env.load("TABLE_NAME", "SIGNING_KEYS_SECRET_ID", "SITE_BUCKET")
SECRET = SigningKeysSecret(ENV["SIGNING_KEYS_SECRET_ID"])
DIRECTORY = DynamoDirectory(ENV["TABLE_NAME"])
KEY_FILE = KeyFile(ENV["SITE_BUCKET"])
EVENTS = LogEvents()


def bootstrap(_: str) -> None:
    """The deployment's own step: make the first keys, and publish them."""
    if not retry_while_denied(SECRET.has_current):
        first = signing_keys.create(secrets.token_bytes)
        retry_while_denied(lambda: SECRET.put_current(first))
    current = SECRET.current()
    retry_while_denied(lambda: _publish(current, until=_retirement()))


def create_secret(version: str) -> None:
    """Make the next keys, unless this version has them already."""
    if SECRET.version(version) is None:
        published_keys = DIRECTORY.published_keys()
        SECRET.put_pending(
            version, signing_keys.rotate(SECRET.current(), published_keys, int(time.time()), secrets.token_bytes)
        )


def set_secret(version: str) -> None:
    """Publish the public keys before any of them signs; the key that still signs has no end yet."""
    _publish(_of(version), until=None)


def test_secret(version: str) -> None:
    """Check that the published keys verify what the version signs."""
    kid, key = signing_keys.signing_key(_of(version))
    keys = jwks.load(_visible())
    if keys[kid].public_numbers() != key.public_key().public_numbers():
        raise RuntimeError("the published key is not the signing key's")


def finish_secret(version: str) -> None:
    """Let the version sign, and set the end of the key before it."""
    SECRET.promote(version)
    _publish(_of(version), until=_retirement())
    EVENTS.emit(SigningKeysRotated())


def revoke_retired(_: str) -> None:
    """An operator's own step after a key has leaked: tokens of all retired keys are refused."""
    SECRET.put_current(signing_keys.without_retired(SECRET.current()))
    _publish(SECRET.current(), until=None)
    EVENTS.emit(SigningKeysRevoked())


def write_file(_: str) -> None:
    """The schedule's own step: write the site's file anew, without keys that have ended, and log the keys' age."""
    retry_while_denied(lambda: KEY_FILE.publish(_visible))
    print(json.dumps({"metric": metrics.KEY_AGE_DAYS, "value": round(SECRET.age_days(), 2)}), flush=True)


def describe(_: str) -> list[dict[str, Any]]:
    """An operator's own step: the published keys, each with its state and its end in Unix seconds."""
    keys = SECRET.current()
    states = {keys["current"]["kid"]: "signs", keys["next"]["kid"]: "next"}
    published = DIRECTORY.published_keys()["keys"]
    named = [(one["jwk"]["kid"], one["until"]) for one in published]
    alive = [(kid, until) for kid, until in named if until is None or until > time.time()]
    return [{"kid": kid, "state": states.get(kid, "verifies"), "until": until} for kid, until in alive]


def _of(version: str) -> signing_keys.SigningKeys:
    """Return the version's keys, or the current ones when Secrets Manager only tests the schedule."""
    return SECRET.version(version) or SECRET.current()


def _publish(value: signing_keys.SigningKeys, until: int | None) -> None:
    DIRECTORY.publish_keys(signing_keys.publish(value, DIRECTORY.published_keys(), until))
    KEY_FILE.publish(_visible)


def _visible() -> dict[str, Any]:
    return published_keys.visible(DIRECTORY.published_keys(), time.time())


def _retirement() -> int:
    return int(time.time()) + signing_keys.RETIREMENT_SECONDS


handler = task(
    {
        "bootstrap": bootstrap,
        "createSecret": create_secret,
        "setSecret": set_secret,
        "testSecret": test_secret,
        "finishSecret": finish_secret,
        "revokeRetired": revoke_retired,
        "writeFile": write_file,
        "describe": describe,
    }
)
