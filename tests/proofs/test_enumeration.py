"""Nobody learns whether an address has an account: same status, body and headers, and the same work done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from handlers.core import passwords
from handlers.store.aws import client
from tests.door import PASSWORD, Answer, Door, new_address


@contextmanager
def work(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The calls to AWS and the password hashes computed meanwhile, in their order."""
    done: list[str] = []
    services = ("dynamodb", "kms", "sesv2", "secretsmanager")
    hash_password, matches = passwords.hash_password, passwords.matches
    with monkeypatch.context() as patch:
        patch.setattr(passwords, "hash_password", noted(done, "hash", hash_password))
        patch.setattr(passwords, "matches", noted(done, "verify", matches))
        for service in services:
            client(service).meta.events.register(
                "before-call", lambda model, **_: done.append(model.name), unique_id="work"
            )
        yield done
    for service in services:
        client(service).meta.events.unregister("before-call", unique_id="work")


def noted(done: list[str], what: str, act: Callable[..., Any]) -> Callable[..., Any]:
    def noting(*arguments: Any) -> Any:
        done.append(what)
        return act(*arguments)

    return noting


def seen(answer: Answer) -> tuple[int, str, dict[str, str]]:
    return answer.status, answer.text, answer.headers


def test_sign_in_refuses_everybody_alike(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    known, disabled = door.user(), door.user()
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

    for name, (address, password) in attempts.items():
        with work(monkeypatch) as done:
            answers[name] = seen(door.call("signin", {"email": address, "password": password}))
        works[name] = done

    assert len({str(answer) for answer in answers.values()}) == 1, answers
    assert answers["unknown"][0] == 401
    assert works["unknown"] == ["GetItem", "GetItem", "UpdateItem", "Decrypt", "verify"]
    assert all(done == works["unknown"] for done in works.values()), works


def test_sign_up_answers_a_taken_address_as_any_other(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = door.user().address
    answers, works = [], []

    for address in (taken, new_address()):
        with work(monkeypatch) as done:
            answers.append(door.call("signup", {"email": address, "password": PASSWORD}))
        works.append(done)

    assert works[0] == works[1] == ["hash", "Encrypt", "UpdateItem", "GetItem", "PutItem", "SendEmail"]
    assert [answer.status for answer in answers] == [202, 202]
    assert answers[0].headers == answers[1].headers
    assert [set(answer.body) for answer in answers] == [{"challenge_id", "expires_in"}] * 2
    assert len(answers[0].text) == len(answers[1].text)


def test_the_owner_of_a_taken_address_is_told_and_gets_no_code(door: Door) -> None:
    from client import inbox

    taken = door.user().address
    door.call("signup", {"email": taken, "password": PASSWORD})

    last = [message for message in inbox.messages(door.stack.cloud.url) if message.to == taken][-1]

    assert last.subject == "You have an account already"
    assert last.code is None


def test_a_challenge_answers_alike_whether_it_is_unknown_used_or_wrongly_answered(door: Door) -> None:
    used, code = door.sign_up()
    door.call("confirm_signup", {"challenge_id": used, "code": code})
    fresh, right = door.sign_up()
    wrong = "000000" if right != "000000" else "111111"

    answers = [
        door.call("confirm_signup", {"challenge_id": challenge_id, "code": candidate})
        for challenge_id, candidate in ((used, code), (fresh, wrong), ("x" * 43, code))
    ]

    assert len({str(seen(answer)) for answer in answers}) == 1
