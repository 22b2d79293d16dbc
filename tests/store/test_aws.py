"""handlers.store.aws"""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from handlers.store import aws, retry
from tests.support.handlers import Handlers


class Denied:
    """Denied a number of times, then allowed."""

    def __init__(self, times: int, code: str = "AccessDeniedException") -> None:
        self.times, self.code, self.calls = times, code, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.times:
            raise ClientError({"Error": {"Code": self.code}}, "PutItem")
        return "done"


@pytest.fixture(autouse=True)
def impatient(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "DENIED_SECONDS", 0)


def test_rights_that_are_not_known_yet_are_waited_for() -> None:
    act = Denied(3)

    assert retry.retry_while_denied(act) == "done"
    assert act.calls == 4


def test_patience_ends() -> None:
    with pytest.raises(ClientError):
        retry.retry_while_denied(Denied(100))


def test_other_errors_are_not_waited_for() -> None:
    act = Denied(1, "ValidationException")

    with pytest.raises(ClientError):
        retry.retry_while_denied(act)
    assert act.calls == 1


def test_a_call_that_is_made_once_is_not_repeated_and_its_timeout_has_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before, it was repeated once: botocore counts `max_attempts` without the first."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(5)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        ses = aws._make("sesv2", 1, attempts=1)

        with pytest.raises(ReadTimeoutError) as late:
            ses.get_account()

        silent.accept()[0].close()
        silent.settimeout(0.2)
        with pytest.raises(TimeoutError):
            silent.accept()
    assert aws.error_code(late.value) == ""


def test_threads_that_need_a_client_first_get_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another client's errors are of other classes, which `except` does not catch."""

    def make(*_: object, **__: object) -> object:
        time.sleep(0.01)
        return object()

    monkeypatch.setattr(aws, "_make", make)
    get = aws._once(lambda service: aws._make(service, 1, attempts=1))

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(get, ["dynamodb"] * 10))) == 1
