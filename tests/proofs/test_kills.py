"""A process killed between any two writes leaves a state from which the same request succeeds or refuses cleanly."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from handlers.core.sessions.refresh import GRACE_SECONDS
from tests.proofs import dying
from tests.support.handlers import PASSWORD, ROWS, Handlers, authorized, new_address

MOST_WRITES = 10
TIMEOUT_SECONDS = 8


@contextmanager
def at(monkeypatch: pytest.MonkeyPatch, moment: float) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: moment)
        yield


def rotated_at(handlers: Handlers, refresh_token: str) -> int:
    """Return the time at which the session's token was last exchanged or issued."""
    user_id, session_id, _ = refresh_token.split(".")
    live = handlers.module("refresh").SERVICES.directory.live_session(user_id, session_id)
    moment: int = live[1].rotated_at
    return moment


def test_functions_are_cut_off_within_the_grace(handlers: Handlers) -> None:
    lambda_ = handlers.stack.aws("lambda")
    name = next(entry.id for entry in handlers.stack.functions().values() if entry.name == "refresh-function")

    assert lambda_.get_function_configuration(FunctionName=name)["Timeout"] == TIMEOUT_SECONDS < GRACE_SECONDS


def dies(name: str, body: dict[str, Any], writes: int, **event: Any) -> bool:
    """Run the route's handler until its next write after this number; return whether it got that far."""
    route = ROWS[name]
    given = {"routeKey": route.key, "body": json.dumps(body), **authorized(), **event}
    return dying.run(route.handler, given, writes)


def test_sign_up_killed_anywhere_can_be_started_again(handlers: Handlers) -> None:
    deaths = 0
    for writes in range(MOST_WRITES):
        address = new_address()
        died = dies("signup", {"email": address, "password": PASSWORD}, writes)
        deaths += died

        assert handlers.user(address).sign_in()
        if not died:
            break

    assert deaths == 5  # before the counts of the mailbox, of the stage, the challenge, the count of notices, the mail


def test_a_killed_confirmation_can_be_repeated_or_was_done(handlers: Handlers) -> None:
    deaths = 0
    for writes in range(MOST_WRITES):
        address = new_address()
        challenge_id, code = handlers.sign_up(address)
        body = {"challenge_id": challenge_id, "code": code}
        died = dies("confirm_signup", body, writes)
        deaths += died

        again = handlers.call("confirm_signup", body)

        assert (again.status, again.body.get("code")) == ((201, None) if died else (400, "invalid_code"))
        assert handlers.call("signin", {"email": address, "password": PASSWORD}).status == 200
        if not died:
            break

    assert deaths == 2  # before the try is consumed, before the transaction


def test_a_killed_sign_in_can_be_repeated(handlers: Handlers) -> None:
    deaths = 0
    for writes in range(MOST_WRITES):
        user = handlers.user()
        died = dies("signin", {"email": user.address, "password": PASSWORD}, writes)
        deaths += died

        assert user.sign_in()
        if not died:
            break

    assert deaths == 2  # before the attempt is consumed, before it is refunded together with the session


def test_a_refresh_killed_before_or_after_its_write_can_be_repeated(
    handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the write its answer is lost: the grace is for that, even if the function was cut off by its timeout."""
    deaths = 0
    for writes in range(MOST_WRITES):
        tokens = handlers.user().sign_in()
        body = {"refresh_token": tokens["refresh_token"]}
        died = dies("refresh", body, writes)
        deaths += died

        with at(monkeypatch, rotated_at(handlers, tokens["refresh_token"]) + TIMEOUT_SECONDS):
            again = handlers.call("refresh", body)

        assert again.status == 200
        assert handlers.call("refresh", {"refresh_token": again.body["refresh_token"]}).status == 200
        if not died:
            break

    assert deaths == 1  # there is one write


def _cannot_sign(_: object) -> str:
    raise ConnectionError("Secrets Manager is out of reach")


def test_a_refresh_that_cannot_sign_has_changed_nothing(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even an hour later: nothing was written, so no grace is needed."""
    body = {"refresh_token": handlers.user().sign_in()["refresh_token"]}
    with monkeypatch.context() as patch:
        patch.setattr(handlers.module("refresh").SERVICES.signer, "sign", _cannot_sign)
        assert handlers.call("refresh", body).status == 500

    with at(monkeypatch, time.time() + 3600):
        assert handlers.call("refresh", body).status == 200


def test_a_sign_in_that_cannot_sign_leaves_no_session(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    user = handlers.user()
    monkeypatch.setattr(handlers.module("signin").SERVICES.signer, "sign", _cannot_sign)

    answer = handlers.call("signin", {"email": user.address, "password": user.password})

    assert answer.status == 500
    assert f"sessions#{user.id}" not in {item["pk"]["S"] for item in handlers.items()}
