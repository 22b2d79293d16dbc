"""Fifty at once: the handlers in threads of this process, against the embedded AWS."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

from contract.limits import SignInLimits
from handlers.core.sessions import refresh, sessions
from sallyport.client.stack import inbox
from tests.support.handlers import PASSWORD, Answer, Handlers, new_address
from tests.support.limits import counted, in_a_row

CROWD = 50
T = TypeVar("T")
MOST = SignInLimits().sign_ups_per_mailbox_per_day


def at_once(act: Callable[[int], T]) -> list[T]:
    """Everybody waits for everybody, then all act."""
    barrier = Barrier(CROWD)

    def one(number: int) -> T:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(CROWD) as pool:
        return list(pool.map(one, range(CROWD)))


def codes(answers: list[Answer]) -> Counter[object]:
    """Error codes, and the statuses of successes."""
    return Counter((answer.body or {}).get("code", answer.status) for answer in answers)


def test_one_refresh_token_outside_the_grace_has_one_success_and_ends_its_family(
    handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = handlers.user().sign_in()
    monkeypatch.setattr(refresh, "GRACE_SECONDS", 0)

    answers = at_once(lambda _: handlers.call("refresh", {"refresh_token": tokens["refresh_token"]}))

    assert codes(answers) == {200: 1, "invalid_grant": CROWD - 1}
    winner = next(answer for answer in answers if answer.status == 200)
    assert handlers.call("refresh", {"refresh_token": winner.body["refresh_token"]}).status == 401


def test_one_refresh_token_within_the_grace_has_one_successor_for_everybody(handlers: Handlers) -> None:
    """As tabs of one browser do: each is served, none is asked to try again, and one token is live."""
    tokens = handlers.user().sign_in()

    answers = at_once(lambda _: handlers.call("refresh", {"refresh_token": tokens["refresh_token"]}))

    assert codes(answers) == {200: CROWD}
    (successor,) = {answer.body["refresh_token"] for answer in answers}
    user_id, session_id, _ = successor.split(".")
    live = handlers.module("refresh").SERVICES.directory.live_session(user_id, session_id)
    assert live is not None
    assert live[1].refresh_hash == sessions.digest(refresh.parse(successor).secret)
    assert handlers.call("refresh", {"refresh_token": successor}).status == 200


def test_one_code_creates_one_user(handlers: Handlers) -> None:
    challenge_id, code = handlers.sign_up()
    before = handlers.keys()

    answers = at_once(lambda _: handlers.call("confirm_signup", {"challenge_id": challenge_id, "code": code}))

    assert codes(answers) == {201: 1, "invalid_code": CROWD - 1}
    assert Counter(key.split("#")[0] for key, _ in handlers.keys() - before) == {
        "address": 1,
        "user": 1,
        "credential": 1,
        "places": 1,
    }


def test_fifty_sign_ups_of_one_address_end_in_one_owner(handlers: Handlers) -> None:
    address = new_address()
    asked = at_once(lambda _: handlers.call("signup", {"email": address, "password": PASSWORD}))
    started = [answer for answer in asked if answer.status == 202]
    mails = [message for message in inbox.messages(handlers.stack.cloud.url) if message.to == address]
    before = handlers.keys()

    sent = [str(mail.code) for mail in mails]
    proofs = [_proof(handlers, answer.body["challenge_id"], sent) for answer in started]
    confirmed = at_once(lambda number: handlers.call("confirm_signup", proofs[number % len(proofs)]))

    assert codes(asked) == {202: MOST, "too_many_requests": CROWD - MOST}
    assert len(mails) == MOST
    assert codes(confirmed)[201] == 1
    assert set(codes(confirmed)) <= {201, "user_exists", "invalid_code"}
    assert Counter(key.split("#")[0] for key, _ in handlers.keys() - before)["user"] == 1
    assert handlers.call("signin", {"email": address, "password": PASSWORD}).status == 200


def _proof(handlers: Handlers, challenge_id: str, candidates: list[str]) -> dict[str, str]:
    """Find the code of this challenge among all that were mailed to the address; that costs one of its tries."""
    core = handlers.module("core.mfa.challenges")
    stored = handlers.module("confirm_signup").SERVICES.directory.try_challenge(core.hash_id(challenge_id), 0)
    code = next(code for code in candidates if core.is_answer(stored, challenge_id, code))
    return {"challenge_id": challenge_id, "code": code}


def test_parallel_guesses_count_one_by_one(handlers: Handlers) -> None:
    """Each that was judged is counted; one that lost too often against others was neither judged nor counted."""
    user = handlers.user()

    answers = codes(at_once(lambda _: handlers.call("signin", {"email": user.address, "password": "wrong"})))

    assert set(answers) <= {"invalid_credentials", "try_again"}
    assert counted(handlers, in_a_row(handlers, user.address)) == answers["invalid_credentials"]
