"""Enumeration: known and unknown addresses get the same status, body and headers, with the same work."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from contract.limits import SignInLimits
from handlers.core.accounts import passwords
from tests.support.account import Account
from tests.support.aws_calls import seen_by
from tests.support.handlers import PASSWORD, Answer, Handlers, User, authorized, new_address
from tests.support.limits import from_place, in_a_row, limit, new_source, set_counter
from tests.support.sessions import started

LIMITS = SignInLimits()


@contextmanager
def work(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The calls to AWS and the password hashes computed meanwhile, in their order."""
    done: list[str] = []
    hash_password, matches = passwords.hash_password, passwords.matches
    with monkeypatch.context() as patch:
        patch.setattr(passwords, "hash_password", noted(done, "hash", hash_password))
        patch.setattr(passwords, "matches", noted(done, "verify", matches))
        with seen_by(lambda operation, _: done.append(operation)):
            yield done


def noted(done: list[str], what: str, act: Callable[..., Any]) -> Callable[..., Any]:
    def noting(*arguments: Any) -> Any:
        done.append(what)
        return act(*arguments)

    return noting


def seen(answer: Answer) -> tuple[int, str, dict[str, str]]:
    return answer.status, answer.text, answer.headers


def test_sign_in_refuses_everybody_alike(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    known, disabled = handlers.user(), handlers.user()
    disabled.disable()
    attempts = {
        "unknown": (new_address(), PASSWORD),
        "wrong password": (known.address, "not the password at all"),
        "disabled, right password": (disabled.address, PASSWORD),
        "disabled, wrong password": (disabled.address, "not the password at all"),
        "no address at all": ("nonsense", PASSWORD),
        "untypable password": (known.address, "with a bell \a in it, and long"),
        "the decoy": ("nobody@invalid", PASSWORD),
    }
    answers, works = {}, {}
    read_secrets(handlers, "signin", {"password": PASSWORD})

    for name, (address, password) in attempts.items():
        with work(monkeypatch) as done:
            answers[name] = seen(handlers.call("signin", {"email": address, "password": password}))
        works[name] = done

    assert len({str(answer) for answer in answers.values()}) == 1, answers
    assert answers["unknown"][0] == 401
    assert works["unknown"] == ["GetItem", "BatchGetItem", "TransactWriteItems", "Decrypt", "verify"]
    assert all(done == works["unknown"] for done in works.values()), works


def test_sign_up_answers_a_taken_address_as_any_other(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = handlers.user().address
    answers, works = [], []
    read_secrets(handlers, "signup", {"password": PASSWORD})

    for address in (taken, new_address()):
        with work(monkeypatch) as done:
            answers.append(handlers.call("signup", {"email": address, "password": PASSWORD}))
        works.append(done)

    limits = ["TransactWriteItems", "UpdateItem"]
    assert works[0] == works[1] == ["hash", "Encrypt", *limits, "GetItem", "PutItem", "UpdateItem", "SendEmail"]
    assert [answer.status for answer in answers] == [202, 202]
    assert answers[0].headers == answers[1].headers
    assert [set(answer.body) for answer in answers] == [{"challenge_id", "expires_in"}] * 2
    assert len(answers[0].text) == len(answers[1].text)


def test_the_owner_of_a_taken_address_is_told_and_gets_no_code(handlers: Handlers) -> None:
    from sallyport.client.stack import inbox

    taken = handlers.user().address
    handlers.call("signup", {"email": taken, "password": PASSWORD})

    last = [message for message in inbox.messages(handlers.stack.cloud.url) if message.to == taken][-1]

    assert last.subject == "You have an account already"
    assert last.code is None


def test_a_challenge_answers_alike_whether_it_is_unknown_used_or_wrongly_answered(handlers: Handlers) -> None:
    used, code = handlers.sign_up()
    handlers.call("confirm_signup", {"challenge_id": used, "code": code})
    fresh, right = handlers.sign_up()
    wrong = "00000000" if right != "00000000" else "11111111"

    answers = [
        handlers.call("confirm_signup", {"challenge_id": challenge_id, "code": candidate})
        for challenge_id, candidate in ((used, code), (fresh, wrong), ("x" * 43, code))
    ]

    assert len({str(seen(answer)) for answer in answers}) == 1


def read_secrets(handlers: Handlers, route: str, password: dict[str, str]) -> None:
    """A function reads its secrets in its first request of the hour, whoever sends that."""
    handlers.call(route, {"email": new_address(), **password}, **from_place(new_source()))


def guessed(handlers: Handlers, address: str, source: str) -> Answer:
    return handlers.call("signin", {"email": address, "password": "not the password at all"}, **from_place(source))


def nearly_closed(handlers: Handlers, address: str) -> str:
    set_counter(handlers, in_a_row(handlers, address), LIMITS.wrong_passwords_in_a_row - 1)
    return new_source()


def closed(handlers: Handlers, address: str) -> str:
    """Use up the limit, so that the owner is told of the next attempt."""
    set_counter(handlers, in_a_row(handlers, address), LIMITS.wrong_passwords_in_a_row)
    return new_source()


def closed_and_told(handlers: Handlers, address: str) -> str:
    source = closed(handlers, address)
    guessed(handlers, address, source)
    return source


def from_a_source_that_is_full(handlers: Handlers, address: str) -> str:
    source = new_source()
    for _ in range(LIMITS.wrong_passwords_per_source_per_day):
        guessed(handlers, address, source)
    return source


@pytest.mark.parametrize("state", [nearly_closed, closed, closed_and_told, from_a_source_that_is_full])
def test_limits_of_sign_in_are_reached_alike_by_all_addresses(
    handlers: Handlers, monkeypatch: pytest.MonkeyPatch, state: Callable[[Handlers, str], str]
) -> None:
    """Also when the owner is told by mail, which an address without one costs as well."""
    answers, works = [], []
    read_secrets(handlers, "signin", {"password": PASSWORD})
    for address in (handlers.user().address, new_address()):
        source = state(handlers, address)
        with work(monkeypatch) as done:
            answers.append(seen(guessed(handlers, address, source)))
        works.append(done)

    assert answers[0] == answers[1]
    assert answers[0][0] == 401
    assert works[0] == works[1]
    assert ("SendEmail" in works[0]) is (state is closed)


def test_a_source_that_has_tried_everywhere_learns_nothing_either(
    handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account that knows the source is still asked, with the same answer and the same work as any other address."""
    limit(handlers, monkeypatch, attempts_per_source_per_day=0)
    stranger, known = new_address(), handlers.user()

    answers = [seen(guessed(handlers, address, new_source())) for address in (known.address, stranger)]

    assert answers[0] == answers[1]
    assert answers[0][0] == 401


@pytest.mark.parametrize("route", ["signin_code", "forgot_password", "signup"])
def test_limits_of_mail_are_reached_alike_by_all_addresses(
    handlers: Handlers, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    """Request by request, to beyond the limit: what is sent to whom differs, the answers and the work do not."""
    seen_of: list[list[tuple[int, tuple[str, ...], int]]] = []
    works_of: list[list[list[str]]] = []
    user: User = handlers.user()
    most = LIMITS.sign_ups_per_mailbox_per_day if route == "signup" else LIMITS.mails_per_mailbox_per_day
    tomorrow = time.time() + 86400  # today the user's own sign-up counts
    monkeypatch.setattr(time, "time", lambda: tomorrow)
    read_secrets(handlers, route, {"password": PASSWORD} if route == "signup" else {})
    for address in (user.address, new_address()):
        body = {"email": address, **({"password": PASSWORD} if route == "signup" else {})}
        seen_of.append([])
        works_of.append([])
        for _ in range(most + 1):
            with work(monkeypatch) as done:
                answer = handlers.call(route, body, **from_place(new_source()))
            seen_of[-1].append((answer.status, tuple(answer.body), len(answer.text)))
            works_of[-1].append(done)

    assert seen_of[0] == seen_of[1]
    assert [status for status, _, _ in seen_of[0]] == [202] * most + [429]
    assert works_of[0] == works_of[1]


@pytest.mark.parametrize("route", ["signin_code", "forgot_password", "signin"])
def test_others_in_the_owners_network_learn_nothing(
    handlers: Handlers, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    """An account knows the network in which its owner has signed in; the neighbours do not know that it does."""
    user, home = handlers.user(), new_source()
    handlers.call("signin", {"email": user.address, "password": user.password}, **from_place(home))
    read_secrets(handlers, route, {"password": PASSWORD} if route == "signin" else {})
    seen_of, works_of = [], []
    for address in (user.address, new_address()):
        body = {"email": address, **({"password": "not the password at all"} if route == "signin" else {})}
        for _ in range(LIMITS.mails_per_mailbox_and_source_per_day + 1):
            with work(monkeypatch) as done:
                answer = handlers.call(route, body, **from_place(home))
            seen_of.append((answer.status, tuple(answer.body), len(answer.text)))
            works_of.append(done)

    half = len(seen_of) // 2
    assert seen_of[:half] == seen_of[half:]
    assert works_of[:half] == works_of[half:]


def test_the_sign_in_path_makes_no_more_calls_than_it_promises(
    handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """docs/performance.md says how many: as many from a known place as from any other."""
    user, home = handlers.user(), new_source()
    works = []
    for _ in range(2):
        with work(monkeypatch) as done:
            answer = handlers.call("signin", {"email": user.address, "password": user.password}, **from_place(home))
        assert answer.status == 200
        works.append([call for call in done if call != "GetSecretValue"])

    reading = ["GetItem", "BatchGetItem"]
    assert works[0] == works[1] == [*reading, "TransactWriteItems", "Decrypt", "verify", "TransactWriteItems"]


@pytest.mark.parametrize("count", [1, 110])
def test_ending_all_sessions_takes_three_calls_however_many_there_are(
    handlers: Handlers, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    user = handlers.user()
    directory = handlers.module("end_sessions").SERVICES.directory
    for _ in range(count):
        directory.start_session(started(user.id).session)

    with work(monkeypatch) as done:
        answer = handlers.call("end_sessions", routeKey="DELETE /me/sessions", **authorized(sub=user.id))

    assert answer.status == 204
    assert done == ["UpdateItem", "Query", "TransactWriteItems"]


def test_wrong_second_codes_are_told_to_the_owner_alone(account: Account) -> None:
    """The mail goes out where somebody has shown the password already, so that its time tells them nothing new."""
    account.add_totp()
    challenge_id = account.challenge()

    answers = {seen(account.verify(challenge_id, "totp", "000000"))[:2] for _ in range(4)}

    assert len(answers) == 1
    assert account.subjects().count("Somebody knows your password") == 1
