"""handlers.core.accounts.signup: a user exists once the mailed code is back, and not before."""

import pytest

from handlers.core.accounts import signup
from handlers.core.accounts.mailed_codes import MailedCode
from handlers.core.accounts.signup import Created
from handlers.core.limits.places import Place
from handlers.errors import InvalidChallenge, MailUnavailable, TooMany, UserExists, WeakPassword
from tests.core.conftest import ADDRESS, PASSWORD, World
from tests.support.in_memory import KnownBreaches, MemoryServices

BOB = "bob@example.com"
PLACE = Place("192.0.2.9", "e" * 43)


def start(services: MemoryServices, address: str = BOB, place: Place = PLACE) -> MailedCode:
    outcome = signup.sign_up(services, address, PASSWORD, place)
    assert isinstance(outcome, MailedCode)
    return outcome


def test_the_mailed_code_creates_the_user_with_a_first_place(services: MemoryServices) -> None:
    begun = start(services)
    assert services.directory.owner_of(BOB) is None

    user = signup.confirm(services, begun.challenge_id, services.mails.code(BOB), PLACE)

    assert services.directory.owner_of(BOB) == user.user_id
    assert len(services.data.places[user.user_id].seen) == 2
    with pytest.raises(InvalidChallenge):
        signup.confirm(services, begun.challenge_id, services.mails.code(BOB), PLACE)


def test_five_wrong_codes_close_a_sign_up(services: MemoryServices) -> None:
    begun = start(services)

    for _ in range(5):
        with pytest.raises(InvalidChallenge):
            signup.confirm(services, begun.challenge_id, "00000000", PLACE)
    with pytest.raises(InvalidChallenge):
        signup.confirm(services, begun.challenge_id, services.mails.code(BOB), PLACE)


def test_the_owner_of_a_taken_address_is_told_and_the_caller_is_not(world: World) -> None:
    begun = start(world.services, ADDRESS)

    assert world.services.mails.subjects(ADDRESS) == ["You have an account already"]
    assert len(begun.challenge_id) == 43
    assert len(world.services.data.sign_ups) == 1


def test_two_sign_ups_of_one_address_create_one_user(services: MemoryServices) -> None:
    codes = []
    for _ in range(2):
        begun = start(services)
        codes.append((begun.challenge_id, services.mails.code(BOB)))
    signup.confirm(services, *codes[0], PLACE)

    with pytest.raises(UserExists):
        signup.confirm(services, *codes[1], PLACE)


def test_sign_ups_of_a_mailbox_are_limited_by_source_and_day(services: MemoryServices) -> None:
    for _ in range(3):
        start(services)
    with pytest.raises(TooMany):
        start(services)
    for number in range(2):
        start(services, place=Place(f"198.51.100.{number}"))
    with pytest.raises(TooMany):
        start(services, place=Place("198.51.100.9"))

    services.clock += 86400
    start(services)


def test_a_breached_password_is_refused_where_the_stack_asks(services: MemoryServices) -> None:
    services.breaches = KnownBreaches({PASSWORD})

    with pytest.raises(WeakPassword, match="breach"):
        signup.sign_up(services, BOB, PASSWORD, PLACE)
    assert services.data.sign_ups == {}


def test_mail_that_fails_is_said(services: MemoryServices) -> None:
    services.mails.is_broken = True

    with pytest.raises(MailUnavailable):
        start(services)


def test_where_addresses_are_not_confirmed_the_user_exists_at_once(services: MemoryServices) -> None:
    services.confirms_email, services.mailer = False, None

    outcome = signup.sign_up(services, BOB, PASSWORD, PLACE)

    assert isinstance(outcome, Created)
    assert services.directory.owner_of(BOB) == outcome.user_id
    with pytest.raises(UserExists):
        signup.sign_up(services, BOB, PASSWORD, PLACE)
