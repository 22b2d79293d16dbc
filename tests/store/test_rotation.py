"""handlers.rotate_keys: every step may be repeated, and a rotation that stops takes no key away."""

import json
import time
import uuid
from typing import Any

import jwt
import pytest

from handlers.core import verifier
from handlers.core.key_sets import Keys, load
from handlers.core.keyset import RETIREMENT_SECONDS, SIGNER_MAX_AGE_SECONDS
from handlers.core.verifier import Policy, Reason, Refused
from handlers.store.keyset import SecretSigner
from tests.door import Door, start_cold


def step(door: Door, name: str, version: str = "") -> None:
    door.module("rotate_keys").handler({"Step": name, "ClientRequestToken": version}, None)


def published(door: Door, now: float | None = None) -> Keys:
    value = door.module("rotate_keys").DIRECTORY.published_keys()
    return load(door.module("core.published").visible(value, now or time.time()))


def verify(door: Door, token: str, now: float) -> Reason | None:
    policy = Policy(
        issuer=door.environment["ISSUER"], audiences=frozenset({door.environment["AUDIENCE"]}), token_use="access"
    )
    try:
        verifier.verify(token, published(door, now), policy, time.time())
    except Refused as refusal:
        return refusal.reason
    return None


def test_tokens_from_before_a_rotation_stay_good_and_new_ones_are_signed_with_the_next_key(door: Door) -> None:
    old = door.user().sign_in()["access_token"]
    before = set(published(door))
    version = str(uuid.uuid4())

    for name in ("createSecret", "setSecret", "testSecret", "finishSecret") * 2:
        step(door, name, version)

    fresh = SecretSigner(door.environment["KEYSET_SECRET_ID"]).sign({"sub": "x"})
    assert verify(door, old, time.time()) is None
    assert verify(door, old, time.time() + RETIREMENT_SECONDS + 1) is Reason.UNKNOWN_KEY
    assert _kid(fresh) in before
    assert _kid(fresh) != _kid(old)


@pytest.mark.parametrize("last", ["createSecret", "setSecret", "testSecret"])
def test_a_rotation_that_stops_takes_no_key_away(door: Door, last: str) -> None:
    signer = SecretSigner(door.environment["KEYSET_SECRET_ID"])
    version = str(uuid.uuid4())

    for name in ("createSecret", "setSecret", "testSecret"):
        step(door, name, version)
        if name == last:
            break

    assert _kid(signer.sign({"sub": "x"})) in published(door, time.time() + 365 * 86400)
    step(door, "bootstrap")
    assert _kid(signer.sign({"sub": "x"})) in published(door, time.time() + 365 * 86400)


def test_testing_the_schedule_alone_succeeds(door: Door) -> None:
    """Secrets Manager calls testSecret with a version that has no value when a schedule is set."""
    step(door, "testSecret", str(uuid.uuid4()))


def test_a_failed_step_says_so_and_names_no_key(door: Door, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="the step failed"):
        step(door, "nonsense")

    assert json.loads(capsys.readouterr().out)["reason"].startswith("KeyError")


SIGNERS = ("signin", "verify_factor", "step_up", "refresh")


def test_in_an_emergency_tokens_of_retired_keys_are_refused(door: Door) -> None:
    old = door.user().sign_in()["access_token"]
    version = str(uuid.uuid4())
    for name in ("createSecret", "setSecret", "testSecret", "finishSecret", "revokeRetired"):
        step(door, name, version)

    assert verify(door, old, time.time()) is Reason.UNKNOWN_KEY
    for function in SIGNERS:  # warm ones would go on for an hour, here and deployed
        door.module(function).DOOR.signer._key = None
        start_cold(door.stack, function.replace("_", "-"))
    assert verify(door, door.user().sign_in()["access_token"], time.time()) is None


def test_a_warm_signer_takes_the_new_key_within_the_hour_by_the_wall_clock(door: Door) -> None:
    clock = [1000.0]
    signer = SecretSigner(door.environment["KEYSET_SECRET_ID"], lambda: clock[0])
    first = _kid(signer.sign({"sub": "x"}))
    version = str(uuid.uuid4())
    for name in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        step(door, name, version)

    clock[0] += SIGNER_MAX_AGE_SECONDS - 1
    assert _kid(signer.sign({"sub": "x"})) == first
    clock[0] += 1
    second = _kid(signer.sign({"sub": "x"}))
    clock[0] -= 10 * SIGNER_MAX_AGE_SECONDS
    assert second != first
    assert _kid(signer.sign({"sub": "x"})) == second


def _kid(token: str) -> Any:
    return jwt.get_unverified_header(token)["kid"]
