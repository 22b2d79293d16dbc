"""AWS that is down or throttled, and a clock that is off by a day: each refuses, opens nothing, and leaves an account
that the same request mends.
"""

import json
import time
from collections.abc import Callable

import pytest

from handlers.store.aws import NoAnswer
from handlers.store.aws.connections import Answer as AwsAnswer
from tests.proofs.test_account_kills import (
    NEW_PASSWORD,
    Flow,
    address,
    check_whole,
    deletion,
    new_flow,
    other_sessions,
    password,
    profile,
    run_jobs,
    undo,
)
from tests.support.account import Account
from tests.support.aws_calls import Fault, answered_by
from tests.support.fake_providers import Providers
from tests.support.handlers import PASSWORD, Answer, Handlers, new_address

__all__ = ["new_flow"]

ROUTES = (profile, password, address, undo, other_sessions, deletion)
SERVICES = ("dynamodb", "kms", "secretsmanager", "sesv2")
DAY = 86_400


def throttled() -> AwsAnswer:
    body = json.dumps({"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "Slow down"})
    return AwsAnswer(400, {"content-type": "application/x-amz-json-1.0"}, body.encode())


def unreachable() -> AwsAnswer:
    raise NoAnswer("ConnectionRefusedError")


def silent() -> AwsAnswer:
    raise NoAnswer("TimeoutError")


FAULTS = (throttled, unreachable, silent)


def forget(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the functions of this process fetch keys and pepper anew, as they do after a cold start."""
    for name in ("signin", "change_password", "change_email", "confirm_email", "undo", "refresh"):
        services = handlers.module(name).SERVICES
        monkeypatch.delitem(services.__dict__, "signer", raising=False)
        monkeypatch.delitem(services.__dict__, "_pepper", raising=False)


@pytest.mark.parametrize("is_cold", [False, True], ids=["warm", "cold"])
@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("prepare", ROUTES)
def test_a_change_during_an_outage_is_done_or_refused_and_mended_by_a_repetition(
    new_flow: Callable[[Callable[[Flow], Flow]], Flow],
    handlers: Handlers,
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[Flow], Flow],
    service: str,
    is_cold: bool,
) -> None:
    flow = new_flow(prepare)
    assert flow.call
    if is_cold:
        forget(handlers, monkeypatch)
    fault = FAULTS[(ROUTES.index(prepare) + SERVICES.index(service)) % len(FAULTS)]

    with answered_by(service, fault):
        during = flow.call()
    again = flow.call()
    run_jobs(None)

    assert during.status in (200, 202, 204, 500, 503), during.text
    assert service != "dynamodb" or during.status >= 500, "nothing is done without the directory"
    assert again.status < 500
    assert during.status < 500 or again.status < 300, "a refused change is done by its repetition"
    check_whole(flow.account, f"{prepare.__name__} {service}")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("service", SERVICES[:3])
def test_nobody_signs_in_or_refreshes_without_what_it_needs(
    handlers: Handlers, monkeypatch: pytest.MonkeyPatch, service: str, fault: Fault
) -> None:
    user = handlers.user()
    tokens = user.sign_in()
    forget(handlers, monkeypatch)

    with answered_by(service, fault):
        wrong = handlers.call("signin", {"email": user.address, "password": "wrong"})
        right = handlers.call("signin", {"email": user.address, "password": PASSWORD})
        unknown = handlers.call("signin", {"email": new_address(), "password": PASSWORD})
        refreshed = handlers.call("refresh", {"refresh_token": tokens["refresh_token"]})

    assert {wrong.status, right.status, unknown.status} <= {500, 503}
    assert (wrong.status, wrong.body) == (unknown.status, unknown.body)
    assert refreshed.status in ((200,) if service == "kms" else (500, 503))
    assert user.sign_in()
    if refreshed.status != 200:
        assert handlers.call("refresh", {"refresh_token": tokens["refresh_token"]}).status == 200


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_of_an_outage_names_the_caller(
    handlers: Handlers, capsys: pytest.CaptureFixture[str], fault: Fault
) -> None:
    user = handlers.user()

    with answered_by("dynamodb", fault):
        answer = handlers.call("signin", {"email": user.address, "password": PASSWORD})

    said = capsys.readouterr().out + answer.text
    assert user.address not in said
    assert PASSWORD not in said
    assert user.id not in answer.text


@pytest.mark.parametrize("days", [-1, 1])
@pytest.mark.parametrize("prepare", ROUTES)
def test_a_clock_off_by_a_day_opens_nothing(
    new_flow: Callable[[Callable[[Flow], Flow]], Flow],
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[Flow], Flow],
    days: int,
) -> None:
    """What is expired by the wrong clock is refused; what is done, is done whole, and is there by the right one."""
    flow, now = new_flow(prepare), time.time
    assert flow.call

    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now() + days * DAY)
        during = flow.call()
    flow.call()
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now() + DAY)  # a job of a clock that was ahead is done so much later
        flow.account.handlers.module("run_jobs").handler({}, None)

    assert during.status in (200, 202, 204, 400, 401), during.text
    check_whole(flow.account, f"{prepare.__name__} {days}")


def test_a_sign_in_by_a_clock_that_was_ahead_is_no_fresh_one(handlers: Handlers, providers: Providers) -> None:
    """It would be fresh for as long as the clock was ahead."""
    account = Account(handlers.user(), providers)
    account.sign_in()
    body = {"password": NEW_PASSWORD}

    def change(ahead: int) -> Answer:
        return account.call("enrol_factor_totp", body, auth_time=str(int(time.time()) + ahead))

    assert change(DAY).body["code"] == "step_up_required"
