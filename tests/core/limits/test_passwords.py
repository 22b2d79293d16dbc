"""handlers.core.limits.passwords: what an attempt at a password consumes."""

from contract.limits import SignInLimits
from handlers.core.limits import passwords, places
from handlers.core.limits.passwords import Attempt
from handlers.core.limits.places import KnownPlaces, Place

LIMITS, PEPPER, NOW = SignInLimits(), b"pepper", 1_800_000_000
HOME = Place("192.0.2.1", "d" * 43)


def attempt(place: Place, *, known: bool = False, epoch: int = 0) -> Attempt:
    seen = KnownPlaces("ada")
    if known:
        seen = places.after_sign_in(seen, PEPPER, HOME, NOW) or seen
    return passwords.attempt(LIMITS, PEPPER, "ada@example.com", epoch, place, seen, NOW)


def test_an_unknown_place_consumes_the_row_the_pair_and_the_source() -> None:
    found = attempt(HOME)

    assert [one.most for one in found.consumes] == [100, 10, 1000]
    assert not found.is_known
    assert found.reset == (found.in_a_row.counter, found.consumes[1].counter)


def test_a_known_device_consumes_one_counter_of_its_own() -> None:
    found = attempt(HOME, known=True)

    assert [one.most for one in found.consumes] == [20]
    assert found.is_known
    assert found.in_a_row.counter not in found.reset


def test_a_known_network_with_another_device_consumes_two() -> None:
    assert [one.most for one in attempt(Place("192.0.2.1", "x" * 43), known=True).consumes] == [20, 1000]


def test_a_shared_place_consumes_no_counter_of_its_source() -> None:
    assert len(attempt(Place("user pool", is_shared=True)).consumes) == 2


def test_a_new_epoch_begins_with_new_counters() -> None:
    assert attempt(HOME).in_a_row.counter != attempt(HOME, epoch=1).in_a_row.counter
