"""handlers.store.aws.own_client, whose clock is off."""

import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from handlers.store.aws import AwsError
from tests.support.faulty_aws import GOOD, Server, answer, error, get, server

__all__ = ["server"]


def test_a_client_of_one_attempt_learns_from_its_refusal(server: Server) -> None:
    server.plan(error(400, "RequestTimeTooSkewed", time.time() + 600))

    with pytest.raises(AwsError):
        get(attempts=1)
    assert get(attempts=1) == json.loads(GOOD)
    assert _signed_at(server.requests[1]) - time.time() > 500


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_that_is_off_is_corrected_by_the_answer(server: Server, minutes: int) -> None:
    true = time.time() + minutes * 60
    server.plan(error(400, "RequestTimeTooSkewed", true))

    get()
    get()

    stamps = [_signed_at(request) for request in server.requests]
    assert abs(stamps[0] - time.time()) < 60
    assert all(abs(stamp - true) < 60 for stamp in stamps[1:]), "later calls know the clock"


def test_a_clock_that_is_off_is_corrected_for_all_calls_that_were_on_their_way(server: Server) -> None:
    """The second refusal comes when the first has corrected the clock, which the second call did not know."""
    true = time.time() + 600
    both_sent = Barrier(2, timeout=10)
    refused = error(400, "RequestTimeTooSkewed", true)

    def late(connection: socket.socket) -> None:
        both_sent.wait()
        refused(connection)

    server.plan(late, late)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: get(), range(2)))

    assert answers == [json.loads(GOOD)] * 2


@pytest.mark.parametrize("year", ["0999", "1999", "2101", "9999"])
def test_a_date_that_cannot_be_awss_corrects_nothing(server: Server, year: str) -> None:
    """A wrong one would be the clock of all later calls."""
    refusal = answer(400, b'{"__type": "x#RequestTimeTooSkewed"}')
    refusal = re.sub(rb"[0-9]{4}(?= [0-9]{2}:)", year.encode(), refusal)
    server.plan(lambda connection: connection.sendall(refusal))

    with pytest.raises(AwsError):
        get()
    get()

    assert len(server.requests) == 2
    assert abs(_signed_at(server.requests[1]) - time.time()) < 60


def test_a_wrong_signature_with_a_right_clock_is_refused(server: Server) -> None:
    server.plan(error(400, "InvalidSignatureException", time.time()))

    with pytest.raises(AwsError):
        get()
    assert len(server.requests) == 1


def _signed_at(request: dict[str, str]) -> float:
    return time.mktime(time.strptime(request["x-amz-date"], "%Y%m%dT%H%M%SZ")) - time.timezone
