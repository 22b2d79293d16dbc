"""handlers.core.limits.places"""

import pytest

from handlers.core.limits import places
from handlers.core.limits.places import KEPT, RENEWED_SECONDS, KnownPlaces, Place

PEPPER = b"pepper"
NOW = 1_800_000_000
DEVICE, OTHER_DEVICE = "d" * 43, "e" * 43
HOME = Place("192.0.2.1", DEVICE)


def signed_in(*at: Place, user_id: str = "ada") -> KnownPlaces:
    known = KnownPlaces(user_id)
    for number, place in enumerate(at):
        known = places.after_sign_in(known, PEPPER, place, NOW + number) or known
    return known


def is_known(known: KnownPlaces, place: Place) -> bool:
    return bool(places.known_device(known, PEPPER, place) or places.known_source(known, PEPPER, place))


def test_a_place_is_known_by_its_device_or_its_source() -> None:
    known = signed_in(HOME)

    assert is_known(known, HOME)
    assert is_known(known, Place("198.51.100.1", DEVICE))
    assert is_known(known, Place("192.0.2.1", OTHER_DEVICE))
    assert is_known(known, Place("192.0.2.1"))
    assert not is_known(known, Place("198.51.100.1", OTHER_DEVICE))
    assert not is_known(known, Place("198.51.100.1"))


def test_a_device_counts_apart_from_others_at_its_source() -> None:
    """Others in the network must not use up the limits of the owner's device."""
    known, neighbour = signed_in(HOME), Place("192.0.2.1", OTHER_DEVICE)

    assert places.known_source(known, PEPPER, neighbour)
    assert places.known_device(known, PEPPER, neighbour) is None
    assert places.known_device(known, PEPPER, HOME) not in (None, places.known_source(known, PEPPER, HOME))


def test_no_device_is_no_known_one() -> None:
    assert places.known_device(signed_in(Place("192.0.2.1")), PEPPER, Place("192.0.2.1")) is None


def test_places_of_one_user_are_nothing_to_another() -> None:
    assert set(signed_in(HOME).seen).isdisjoint(signed_in(HOME, user_id="bob").seen)


def test_neither_addresses_nor_devices_can_be_tried_without_the_key() -> None:
    stored = str(signed_in(HOME))

    assert HOME.source not in stored
    assert HOME.device not in stored
    assert places.known_source(signed_in(HOME), b"another key", HOME) is None
    assert places.known_device(signed_in(HOME), b"another key", HOME) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("nonsense", "nonsense", True),
    ],
)
def test_a_household_is_one_source(one: str, other: str, same: bool) -> None:
    """Of IPv6 it has 2^64 addresses, of IPv4 one."""
    assert (Place(one).network == Place(other).network) is same


def test_the_longest_unused_places_are_forgotten() -> None:
    moving = [Place(f"192.0.2.{number}") for number in range(KEPT + 5)]

    known = signed_in(*moving)

    assert len(known.seen) == KEPT
    assert [is_known(known, place) for place in moving] == [False] * 5 + [True] * KEPT


def test_a_place_is_written_down_again_once_a_day() -> None:
    known = signed_in(HOME)

    assert places.after_sign_in(known, PEPPER, HOME, NOW + RENEWED_SECONDS - 1) is None
    assert places.after_sign_in(known, PEPPER, HOME, NOW + RENEWED_SECONDS) is not None
    assert places.after_sign_in(known, PEPPER, Place(HOME.source, OTHER_DEVICE), NOW + 1) is not None
