"""Sign-in, refresh, lists and searches cost the same with a thousand users as with a hundred thousand."""

import pytest

from bench.growth import steps
from tests.local.test_cloud import free_port

USERS = 100_000
MOST_GROWTH_MB = 10


@pytest.mark.slow
def test_requests_bytes_and_memory_do_not_grow_with_the_users() -> None:
    found = list(steps(USERS, free_port()))

    assert [step for step, _, _ in found] == [1_000, 10_000, 100_000]
    _, (_, first, few), (_, last, many) = found  # of a thousand, no page of a hundred is full
    assert {name: requests for name, (requests, _) in few.items()} == {
        name: requests for name, (requests, _) in many.items()
    }
    for name, (_, size) in many.items():
        assert size == pytest.approx(few[name][1], rel=0.02), name
    assert last.megabytes - first.megabytes < MOST_GROWTH_MB
