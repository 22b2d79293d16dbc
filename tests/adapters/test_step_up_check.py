"""handlers.adapters.step_up_check"""

from typing import Any

import pytest

from handlers.adapters import step_up_check
from handlers.errors import StepUpRequired

NOW = 1_800_000_000


def event(age: int) -> dict[str, Any]:
    claims = {"auth_time": str(NOW - age), "amr": "pwd"}
    return {"routeKey": "POST /me/factors/totp", "requestContext": {"authorizer": {"lambda": claims}}}


@pytest.mark.parametrize("age", [0, 300, -60])
def test_a_sign_in_is_fresh_for_five_minutes(age: int) -> None:
    step_up_check.check(event(age), NOW)


@pytest.mark.parametrize("age", [301, 86_400, -61, -86_400])
def test_an_older_one_is_not_nor_one_of_the_future(age: int) -> None:
    """A clock that was ahead would else make a sign-in fresh for as long."""
    with pytest.raises(StepUpRequired):
        step_up_check.check(event(age), NOW)
