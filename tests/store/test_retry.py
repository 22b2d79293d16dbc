"""handlers.store.retry"""

import pytest
from botocore.exceptions import ClientError

from handlers.store import retry
from handlers.store.aws import AwsError

DENIED = AwsError("AccessDeniedException")


class Denied:
    """Denied a number of times, then allowed."""

    def __init__(self, times: int, error: Exception = DENIED) -> None:
        self.times, self.error, self.calls = times, error, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.times:
            raise self.error
        return "done"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "DENIED_SECONDS", 0)


@pytest.mark.parametrize("error", [DENIED, ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject")])
def test_rights_that_are_not_known_yet_are_waited_for(error: Exception) -> None:
    """Of our own client, and of boto3, by which keys rotate."""
    act = Denied(3, error)

    assert retry.retry_while_denied(act) == "done"
    assert act.calls == 4


def test_patience_ends() -> None:
    with pytest.raises(AwsError):
        retry.retry_while_denied(Denied(100))


def test_other_errors_are_not_waited_for() -> None:
    act = Denied(1, AwsError("ValidationException"))

    with pytest.raises(AwsError):
        retry.retry_while_denied(act)
    assert act.calls == 1
