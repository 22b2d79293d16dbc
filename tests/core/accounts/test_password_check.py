"""handlers.core.accounts.password_check: limits by place, and the same work for every address."""

import pytest
from argon2 import PasswordHasher

from contract.mail import NOBODYS_MAILBOX
from handlers.core.accounts import password_check, passwords
from handlers.core.limits.places import Place
from handlers.core.sessions import sign_in
from handlers.errors import InvalidCredentials, SecondFactorNeeded
from tests.core.conftest import ADDRESS, PASSWORD, World

STRANGER = Place("203.0.113.5", "s" * 43)


def guess(world: World, password: str, place: Place, address: str = ADDRESS) -> bool:
    try:
        password_check.check_password(world.services, address, password, place, world.services.clock)
    except InvalidCredentials:
        return False
    return True


def test_ten_wrong_passwords_of_a_source_close_the_account_for_that_source_alone(world: World) -> None:
    for _ in range(10):
        assert not guess(world, "wrong", STRANGER)

    assert not guess(world, PASSWORD, STRANGER)
    assert guess(world, PASSWORD, Place("203.0.113.6"))


def test_a_right_password_resets_the_counters_of_its_place(world: World) -> None:
    for _ in range(3):
        for _ in range(9):
            assert not guess(world, "wrong", STRANGER)
        assert guess(world, PASSWORD, STRANGER)


def test_a_hundred_in_a_row_close_unknown_places_and_tell_the_owner_once(world: World) -> None:
    sign_in.sign_in(world.services, ADDRESS, PASSWORD, world.place)
    for number in range(102):
        assert not guess(world, "wrong", Place(f"198.51.{number}.1"))

    assert not guess(world, PASSWORD, Place("198.51.200.1"))
    assert world.services.mails.subjects(ADDRESS) == ["Wrong passwords for your account"]
    assert guess(world, PASSWORD, world.place), "the owner's own place stays open"
    assert guess(world, PASSWORD, Place("198.51.200.1")), "and opens the account again"


def test_an_unknown_address_costs_the_same_counters_and_mail(world: World) -> None:
    for number in range(101):
        assert not guess(world, "wrong", Place(f"198.51.{number}.1"), "nobody@example.com")

    assert world.services.mails.subjects(NOBODYS_MAILBOX) == ["Wrong passwords for your account"]


def test_the_decoy_is_nobody(world: World) -> None:
    world.services.data.passwords["decoy"] = world.services.password_cipher.encrypt(
        passwords.hash_password(PASSWORD), "decoy"
    )

    assert not guess(world, PASSWORD, STRANGER, "nobody@example.com")


def test_a_disabled_user_is_refused_with_the_right_password(world: World) -> None:
    world.services.directory.set_disabled(world.user_id, disabled=True)

    assert not guess(world, PASSWORD, STRANGER)


def test_a_hash_with_old_parameters_is_upgraded(world: World) -> None:
    cipher = world.services.password_cipher
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024).hash(PASSWORD)
    world.services.data.passwords[world.user_id] = cipher.encrypt(old, world.user_id)

    assert guess(world, PASSWORD, STRANGER)

    stored = cipher.decrypt(world.services.data.passwords[world.user_id], world.user_id)
    assert "m=19456,t=2,p=1" in stored
    assert guess(world, PASSWORD, STRANGER)


def test_the_pool_gets_no_user_with_a_second_factor(world: World) -> None:
    assert password_check.check_single_factor(world.services, ADDRESS, PASSWORD, STRANGER) == ADDRESS
    world.add_totp()

    with pytest.raises(SecondFactorNeeded):
        password_check.check_single_factor(world.services, ADDRESS, PASSWORD, STRANGER)
