"""handlers.functions.triggers.rotate_keys: every step may be repeated, and a rotation that stops takes no key away."""

import json
import time
import uuid
from types import SimpleNamespace
from typing import Any

import jwt
import pytest

from handlers.core.tokens import verifier
from handlers.core.tokens.jwks import Keys, load
from handlers.core.tokens.signing_keys import RETIREMENT_SECONDS, SIGNER_MAX_AGE_SECONDS
from handlers.core.tokens.verifier import Policy, Reason, Refused
from handlers.store.signer import SecretSigner
from tests.support.handlers import Handlers, start_cold


def step(handlers: Handlers, name: str, version: str = "") -> None:
    handlers.module("rotate_keys").handler({"Step": name, "ClientRequestToken": version}, None)


def published(handlers: Handlers, now: float | None = None) -> Keys:
    value = handlers.module("rotate_keys").DIRECTORY.published_keys()
    return load(handlers.module("core.tokens.published_keys").visible(value, now or time.time()))


def on_the_site(handlers: Handlers) -> Keys:
    bucket = handlers.environment["SITE_BUCKET"]
    found = (
        handlers.module("store.aws.boto_client")
        .boto_client("s3")
        .get_object(Bucket=bucket, Key="api/.well-known/jwks.json")
    )
    return load(json.loads(found["Body"].read()))


def verify(handlers: Handlers, token: str, now: float) -> Reason | None:
    policy = Policy(
        issuer=handlers.environment["ISSUER"],
        audiences=frozenset({handlers.environment["AUDIENCE"]}),
        token_use="access",
    )
    try:
        verifier.verify(token, published(handlers, now), policy, time.time())
    except Refused as refusal:
        return refusal.reason
    return None


def test_tokens_from_before_a_rotation_stay_good_and_new_ones_are_signed_with_the_next_key(handlers: Handlers) -> None:
    old = handlers.user().sign_in()["access_token"]
    before = set(published(handlers))
    version = str(uuid.uuid4())

    for name in ("createSecret", "setSecret", "testSecret", "finishSecret") * 2:
        step(handlers, name, version)

    fresh = SecretSigner(handlers.environment["SIGNING_KEYS_SECRET_ID"]).sign({"sub": "x"})
    assert verify(handlers, old, time.time()) is None
    assert verify(handlers, old, time.time() + RETIREMENT_SECONDS + 1) is Reason.UNKNOWN_KEY
    assert _kid(fresh) in before
    assert _kid(fresh) != _kid(old)


def test_the_site_has_keys_before_they_sign_and_without_those_that_have_ended(
    handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that has just retired is there; the schedule takes it away after its last token."""
    rotate_keys, version = handlers.module("rotate_keys"), str(uuid.uuid4())

    for name in ("createSecret", "setSecret"):
        step(handlers, name, version)
    assert set(on_the_site(handlers)) == set(published(handlers))

    for name in ("testSecret", "finishSecret"):
        step(handlers, name, version)
    assert len(on_the_site(handlers)) > 2
    later = time.time() + RETIREMENT_SECONDS + 1
    with monkeypatch.context() as patched:
        patched.setattr(rotate_keys, "time", SimpleNamespace(time=lambda: later))
        step(handlers, "writeFile")
    assert len(on_the_site(handlers)) == 2
    step(handlers, "writeFile")
    assert len(on_the_site(handlers)) > 2


def test_the_age_of_the_keys_is_logged_as_a_metric(handlers: Handlers, capsys: pytest.CaptureFixture[str]) -> None:
    step(handlers, "writeFile")

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (metric,) = [line for line in lines if "metric" in line]
    assert metric["metric"] == "SigningKeyAgeDays"
    assert 0 <= metric["value"] < 1


@pytest.mark.parametrize("last", ["createSecret", "setSecret", "testSecret"])
def test_a_rotation_that_stops_takes_no_key_away(handlers: Handlers, last: str) -> None:
    signer = SecretSigner(handlers.environment["SIGNING_KEYS_SECRET_ID"])
    version = str(uuid.uuid4())

    for name in ("createSecret", "setSecret", "testSecret"):
        step(handlers, name, version)
        if name == last:
            break

    assert _kid(signer.sign({"sub": "x"})) in published(handlers, time.time() + 365 * 86400)
    step(handlers, "bootstrap")
    assert _kid(signer.sign({"sub": "x"})) in published(handlers, time.time() + 365 * 86400)


def test_testing_the_schedule_alone_succeeds(handlers: Handlers) -> None:
    """Secrets Manager calls testSecret with a version that has no value when a schedule is set."""
    step(handlers, "testSecret", str(uuid.uuid4()))


def test_a_failed_step_says_so_and_names_no_key(handlers: Handlers, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="the step failed"):
        step(handlers, "nonsense")

    assert json.loads(capsys.readouterr().out)["reason"].startswith("KeyError")


SIGNERS = ("signin", "verify_factor", "step_up", "refresh")


def test_in_an_emergency_tokens_of_retired_keys_are_refused(handlers: Handlers) -> None:
    old = handlers.user().sign_in()["access_token"]
    version = str(uuid.uuid4())
    for name in ("createSecret", "setSecret", "testSecret", "finishSecret", "revokeRetired"):
        step(handlers, name, version)

    assert verify(handlers, old, time.time()) is Reason.UNKNOWN_KEY
    for function in SIGNERS:  # warm ones would go on for an hour, here and deployed
        handlers.module(function).SERVICES.signer._key = None
        start_cold(handlers.stack, function.replace("_", "-"))
    assert verify(handlers, handlers.user().sign_in()["access_token"], time.time()) is None


def test_a_warm_signer_takes_the_new_key_within_the_hour_by_the_wall_clock(handlers: Handlers) -> None:
    clock = [1000.0]
    signer = SecretSigner(handlers.environment["SIGNING_KEYS_SECRET_ID"], lambda: clock[0])
    first = _kid(signer.sign({"sub": "x"}))
    version = str(uuid.uuid4())
    for name in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        step(handlers, name, version)

    clock[0] += SIGNER_MAX_AGE_SECONDS - 1
    assert _kid(signer.sign({"sub": "x"})) == first
    clock[0] += 1
    second = _kid(signer.sign({"sub": "x"}))
    clock[0] -= 10 * SIGNER_MAX_AGE_SECONDS
    assert second != first
    assert _kid(signer.sign({"sub": "x"})) == second


def _kid(token: str) -> Any:
    return jwt.get_unverified_header(token)["kid"]
