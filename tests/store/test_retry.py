"""handlers.store.retry"""

import pytest

from handlers.store import retry
from handlers.store.aws import AwsError


class Denied:
    """Denied a number of times, then allowed."""

    def __init__(self, times: int, code: str = "AccessDeniedException") -> None:
        self.times, self.code, self.calls = times, code, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.times:
            raise AwsError(self.code)
        return "done"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "DENIED_SECONDS", 0)


def test_rights_that_are_not_known_yet_are_waited_for() -> None:
    act = Denied(3)

    assert retry.retry_while_denied(act) == "done"
    assert act.calls == 4


def test_patience_ends() -> None:
    with pytest.raises(AwsError):
        retry.retry_while_denied(Denied(100))


def test_other_errors_are_not_waited_for() -> None:
    act = Denied(1, "ValidationException")

    with pytest.raises(AwsError):
        retry.retry_while_denied(act)
    assert act.calls == 1
