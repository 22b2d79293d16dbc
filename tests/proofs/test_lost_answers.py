"""DynamoDB does every call, and its first answer is lost: the repetition changes no outcome and loosens no limit."""

import json
import secrets
import time
from collections.abc import Callable

import pytest

from handlers.core.accounts import operators
from handlers.core.limits.counters import Consume
from handlers.errors import TooMany
from handlers.store.counters import DynamoCounters
from tests.proofs.test_account_kills import Flow, check_whole, new_flow, run_jobs
from tests.proofs.test_orders import Customer
from tests.proofs.test_outages import ROUTES
from tests.support.account import Account, next_code
from tests.support.aws_calls import answers_lost_once
from tests.support.handlers import Handlers, new_address

__all__ = ["new_flow"]


@pytest.fixture
def counters(handlers: Handlers) -> DynamoCounters:
    return DynamoCounters(handlers.environment["TABLE_NAME"])


def new_counter(most: int = 5) -> Consume:
    return Consume(f"lost:{secrets.token_hex(8)}", 1, most, int(time.time()) + 60)


@pytest.mark.parametrize("prepare", ROUTES)
def test_a_change_of_an_account_is_done_once(
    new_flow: Callable[[Callable[[Flow], Flow]], Flow], prepare: Callable[[Flow], Flow]
) -> None:
    flow = new_flow(prepare)
    assert flow.call

    with answers_lost_once("dynamodb"):
        answer = flow.call()

    run_jobs(None)

    assert 200 <= answer.status < 300, answer.text
    check_whole(flow.account)


def test_a_user_signs_up_signs_in_and_stays_signed_in(handlers: Handlers) -> None:
    with answers_lost_once("dynamodb"):
        user = handlers.user(new_address())
        tokens = user.sign_in()
        refreshed = handlers.call("refresh", {"refresh_token": tokens["refresh_token"]})
        wrong = handlers.call("signin", {"email": user.address, "password": "wrong"})
        ended = handlers.call("signout", {"refresh_token": refreshed.body["refresh_token"]})

    assert (refreshed.status, wrong.status, ended.status) == (200, 401, 204)


def test_a_second_factor_is_added_used_and_removed(account: Account) -> None:
    with answers_lost_once("dynamodb"):
        app = account.add_totp()
        account.hold(account.verify(account.challenge(), "totp", next_code(app)))
        codes = account.call("make_recovery_codes")
        removed = account.call("remove_factor", factor_id="totp")

    assert (codes.status, removed.status) == (200, 204)
    assert account.factors() == []


def test_a_right_first_factor_is_accepted(account: Account) -> None:
    """Its code is used up by the write whose answer is lost."""
    app = account.add_totp()
    challenge = account.handlers.call("signin_code", {"email": account.user.address}).body["challenge_id"]
    code = account.mailed_code()

    with answers_lost_once("dynamodb"):
        first = account.verify(challenge, "email", code)

    assert first.status == 202
    assert account.verify(challenge, "totp", next_code(app)).status == 200


def test_an_operators_acts_are_done_and_told(handlers: Handlers, capsys: pytest.CaptureFixture[str]) -> None:
    """One whose answer was lost was told as if nothing had changed."""
    services, user = handlers.module("manage_users").SERVICES, handlers.user()
    capsys.readouterr()

    with answers_lost_once("dynamodb"):
        assert operators.change_roles(services, user.address, [], ["user"]) == ()
        for act in (operators.disable, operators.enable, operators.unlock, operators.end_sessions):
            act(services, user.address)

    told = [json.loads(line)["type"].split(".", 1)[1] for line in capsys.readouterr().out.splitlines()]
    assert told == [
        "roles.changed.v1",
        "user.disabled.v1",
        "user.enabled.v1",
        "user.unlocked.v1",
        "session.ended.v1",
    ]


def test_an_order_is_placed_changed_and_cancelled(handlers: Handlers) -> None:
    ada = Customer(handlers)

    with answers_lost_once("dynamodb"):
        placed = ada.place(idempotency_key="a")
        changed = ada.call("change_order", {"restaurant_id": "trattoria", "quantity": 3}, placed.body["id"])
        found = ada.all()
        cancelled = ada.call("cancel_order", id_=placed.body["id"])

    assert (placed.status, changed.status, cancelled.status) == (201, 200, 204)
    assert found == [placed.body["id"]]


@pytest.mark.parametrize("count", [1, 2])
def test_counters_are_refunded_once(counters: DynamoCounters, count: int) -> None:
    consumes, now = [new_counter() for _ in range(count)], int(time.time())
    for _ in range(3):
        counters.consume(consumes, now)

    with answers_lost_once("dynamodb"):
        counters.refund(consumes)

    assert {counters.read(one.counter)[0] for one in consumes} == {2}


def test_one_counter_counts_a_repetition_too_and_several_do_not(counters: DynamoCounters) -> None:
    """A limit may become stricter, never looser."""
    one, two, now = new_counter(), [new_counter(1), new_counter(1)], int(time.time())

    with answers_lost_once("dynamodb"):
        counters.consume([one], now)
        counters.consume(two, now)

    assert [counters.read(each.counter)[0] for each in (one, *two)] == [2, 1, 1]
    with pytest.raises(TooMany):
        counters.consume(two, now)
