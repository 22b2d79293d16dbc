"""handlers.core.accounts.mailing"""

import pytest

from contract.mail import NOBODYS_MAILBOX
from handlers.core.accounts import mailing
from handlers.core.accounts.mailed_codes import code_mail
from handlers.core.limits.places import Place
from handlers.core.mails.letter import Mail
from handlers.errors import MailUnavailable, NoSuchFactor, TooMany
from tests.core.conftest import ADDRESS, World

NOTICE = Mail("no_account")


def test_one_notice_a_day_reaches_a_mailbox(world: World) -> None:
    services = world.services
    for _ in range(3):
        mailing.send(services, ADDRESS, NOTICE, services.clock, is_notice=True)
    mailing.send(services, ADDRESS, code_mail("reset_code", "123456", "en"), services.clock, is_notice=False)

    assert services.mails.subjects(ADDRESS) == ["No account", "Your code"]
    assert len(services.mails.subjects(NOBODYS_MAILBOX)) == 2


def test_mail_of_a_session_is_limited_as_that_of_a_known_device(world: World) -> None:
    for _ in range(10):
        mailing.consume_of_session(world.services, ADDRESS, "session", Place("192.0.2.1"), world.services.clock)
    with pytest.raises(TooMany):
        mailing.consume_of_session(world.services, ADDRESS, "session", Place("192.0.2.1"), world.services.clock)


def test_a_notice_to_an_owner_may_fail_and_a_code_may_not(world: World) -> None:
    world.services.mails.is_broken = True

    mailing.tell(world.services, world.profile, "password_changed")
    with pytest.raises(MailUnavailable):
        mailing.send(world.services, ADDRESS, NOTICE, world.services.clock, is_notice=False)


def test_without_a_mailer_there_is_no_mail(world: World) -> None:
    world.services.mailer = None

    mailing.tell(world.services, world.profile, "password_changed")
    with pytest.raises(NoSuchFactor):
        mailing.require_mailer(world.services)
