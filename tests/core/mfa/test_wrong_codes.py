"""handlers.core.mfa.wrong_codes: counted by day and month, and told to the owner."""

import pytest

from handlers.core.limits import messages
from handlers.core.mfa import verification
from handlers.core.mfa.challenges import Purpose
from handlers.core.mfa.factor_type import Proof
from handlers.errors import ProviderFailed, TooMany, WrongCode
from tests.core.conftest import ADDRESS, World


def attempt(world: World, code: str) -> None:
    required = verification.require(world.services, world.profile, Purpose.SIGN_IN, ("pwd",), world.services.clock)
    verification.verify(
        world.services, Purpose.SIGN_IN, required.challenge_id, "totp", Proof(code), world.services.clock
    )


def test_the_owner_is_told_after_three_once_a_day(world: World) -> None:
    world.add_totp()
    for _ in range(6):
        with pytest.raises(WrongCode):
            attempt(world, "000000")

    assert world.services.mails.subjects(ADDRESS)[1:] == ["Somebody knows your password"]


def test_after_ten_a_day_even_the_right_code_waits_until_tomorrow(world: World) -> None:
    app = world.add_totp()
    for _ in range(10):
        with pytest.raises(WrongCode):
            attempt(world, "000000")
    with pytest.raises(TooMany):
        attempt(world, world.code(app, 1))

    world.services.clock += 86400
    attempt(world, world.code(app))


def test_right_codes_are_not_counted(world: World) -> None:
    app = world.add_totp()

    for _ in range(12):
        world.services.clock += 30
        attempt(world, world.code(app, 1))


def test_a_fault_of_the_provider_is_refunded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add_totp()

    def fail(*_: object) -> None:
        raise ProviderFailed

    monkeypatch.setattr(world.services.factor_types["totp"], "verify", fail)
    with pytest.raises(ProviderFailed):
        attempt(world, "123456")

    consumes = messages.for_code(
        world.services.factor_limits, world.user_id, world.profile.epoch, world.services.clock, by_mailbox=False
    )
    assert [world.services.data.counters[one.counter].value for one in consumes] == [0, 0]
