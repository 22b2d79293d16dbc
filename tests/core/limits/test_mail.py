"""handlers.core.limits.mail: what a mail consumes, whoever has the address."""

from contract.limits import SignInLimits
from handlers.core.limits import mail
from handlers.core.limits.mail import Budget, MailRequest
from handlers.core.limits.places import Place

LIMITS, PEPPER, NOW = SignInLimits(), b"pepper", 1_800_000_000
PLACE = Place("192.0.2.1")


def budget(address: str, known_as: str | None = None, purpose: str = "signin") -> Budget:
    return mail.budget(LIMITS, PEPPER, MailRequest(purpose, address, PLACE, known_as), NOW)


def test_a_tag_makes_no_other_mailbox() -> None:
    assert budget("ada+shop@example.com") == budget("ada@example.com")
    assert budget("adele@example.com") != budget("ada@example.com")
    assert budget("+tag@example.com") != budget("+other@example.com")


def test_known_devices_and_others_share_no_counter() -> None:
    unknown, known = budget("ada@example.com"), budget("ada@example.com", "device")

    assert not {one.counter for one in (*unknown.own, unknown.stage)} & {
        one.counter for one in (*known.own, known.stage)
    }
    assert len(unknown.own) == len(known.own)


def test_sign_ups_have_a_limit_of_their_own() -> None:
    assert budget("ada@example.com", purpose=mail.SIGN_UP).own[0].most == LIMITS.sign_ups_per_mailbox_per_day
    assert budget("ada@example.com").own[0].most == LIMITS.mails_per_mailbox_per_day


def test_no_address_is_in_a_counter() -> None:
    assert all("ada" not in one.counter for one in budget("ada@example.com").own)
