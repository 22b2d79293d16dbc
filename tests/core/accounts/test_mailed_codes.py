"""handlers.core.accounts.mailed_codes: the same work and answer for every address."""

import pytest

from contract.mail import NOBODYS_MAILBOX
from handlers.core.accounts import mailed_codes
from handlers.core.limits.places import Place
from handlers.core.mfa.challenges import NOBODY, Purpose
from handlers.errors import NoSuchFactor, TooMany
from tests.core.conftest import ADDRESS, World
from tests.support.in_memory import MemoryServices

UNKNOWN = "nobody@example.com"


def test_a_code_is_mailed_to_the_owner(world: World) -> None:
    begun = mailed_codes.start_reset(world.services, ADDRESS.upper(), world.place)

    (stored,) = world.services.data.challenges.values()
    assert (stored.value.purpose, stored.value.user_id) == (Purpose.RESET, world.user_id)
    assert begun.expires_in == 600
    assert world.services.mails.subjects(ADDRESS) == ["Your code"]
    code = world.services.mails.code(ADDRESS)
    assert code.isdigit()
    assert code not in str(stored.value), "the store has a hash alone"


def test_an_unknown_address_gets_a_challenge_that_has_no_user(world: World) -> None:
    mailed_codes.start_sign_in(world.services, UNKNOWN, world.place)

    (stored,) = world.services.data.challenges.values()
    assert stored.value.user_id == NOBODY
    assert world.services.mails.subjects(UNKNOWN) == ["No account"]


def test_a_second_notice_of_a_day_goes_to_a_mailbox_that_drops_it(world: World) -> None:
    for _ in range(2):
        mailed_codes.start_sign_in(world.services, UNKNOWN, world.place)

    assert world.services.mails.subjects(UNKNOWN) == ["No account"]
    assert len(world.services.mails.subjects(NOBODYS_MAILBOX)) == 1


def test_known_and_unknown_addresses_have_the_same_limits(world: World) -> None:
    for address in (ADDRESS, UNKNOWN):
        for _ in range(3):
            mailed_codes.start_sign_in(world.services, address, Place("192.0.2.77"))
        with pytest.raises(TooMany):
            mailed_codes.start_sign_in(world.services, address, Place("192.0.2.77"))


def test_stacks_without_mail_or_without_the_factor_refuse(services: MemoryServices) -> None:
    del services.factor_types["email"]
    with pytest.raises(NoSuchFactor):
        mailed_codes.start_sign_in(services, ADDRESS, Place("192.0.2.1"))

    services.mailer = None
    with pytest.raises(NoSuchFactor):
        mailed_codes.start_reset(services, ADDRESS, Place("192.0.2.1"))
