"""Wrong passwords: what one source can do, what a thousand can, and what the owner can do meanwhile."""

import time

import pytest

from client import inbox
from contract.limits import SignInLimits
from contract.mail import NOBODYS_MAILBOX
from handlers.core import password_limits
from tests.account import Account
from tests.door import Answer, Door, User, new_address
from tests.limits import counted, device_of, from_place, in_a_row, limit, new_source, set_counter

WRONG = "not the password at all"
LIMITS = SignInLimits()
MOST = LIMITS.wrong_passwords_in_a_row
OF_A_SOURCE = LIMITS.wrong_passwords_per_source_per_day
OF_A_KNOWN_PLACE = LIMITS.wrong_passwords_per_known_place_per_day


def sign_in(door: Door, address: str, password: str, source: str, device: str = "") -> Answer:
    return door.call("signin", {"email": address, "password": password}, **from_place(source, device))


def guess(door: Door, address: str, source: str, times: int) -> None:
    for _ in range(times):
        assert sign_in(door, address, WRONG, source).status == 401


def close(door: Door, address: str) -> None:
    """As a hundred guesses from everywhere do."""
    set_counter(door, in_a_row(door, address), MOST)


def subjects(door: Door, address: str) -> list[str]:
    return [mail.subject for mail in inbox.messages(door.stack.cloud.url) if mail.to == address]


@pytest.fixture
def owner(door: Door) -> User:
    """Somebody whose account was made from another place than any of these."""
    return door.user()


def test_one_source_shuts_out_nobody_but_itself(door: Door, owner: User) -> None:
    attacker = new_source()
    guess(door, owner.address, attacker, OF_A_SOURCE)

    assert sign_in(door, owner.address, owner.password, attacker).status == 401
    assert sign_in(door, owner.address, owner.password, new_source()).status == 200


def test_many_sources_get_a_hundred_guesses_in_a_row_and_no_more(door: Door, owner: User) -> None:
    home = new_source()
    sign_in(door, owner.address, owner.password, home)

    for _ in range(MOST // OF_A_SOURCE + 1):
        guess(door, owner.address, new_source(), OF_A_SOURCE)

    assert counted(door, in_a_row(door, owner.address)) == MOST
    assert sign_in(door, owner.address, owner.password, new_source()).status == 401
    assert sign_in(door, owner.address, owner.password, home).status == 200


def test_where_the_owner_has_signed_in_before_there_is_always_room(door: Door, owner: User) -> None:
    """By the source; by the device, wherever it is; and from then on everywhere again."""
    home = new_source()
    device = device_of(sign_in(door, owner.address, owner.password, home))
    close(door, owner.address)
    assert sign_in(door, owner.address, owner.password, new_source()).status == 401

    assert sign_in(door, owner.address, owner.password, home).status == 200
    close(door, owner.address)
    assert sign_in(door, owner.address, owner.password, new_source(), device).status == 200
    assert sign_in(door, owner.address, owner.password, new_source()).status == 200


def test_the_place_of_the_sign_up_is_known(door: Door) -> None:
    address, home = new_address(), new_source()
    challenge_id, code = door.sign_up(address)
    confirmed = door.call("confirm_signup", {"challenge_id": challenge_id, "code": code}, **from_place(home))
    close(door, address)

    assert sign_in(door, address, "violet otters paddle past nine", new_source(), device_of(confirmed)).status == 200


def test_a_neighbour_of_the_owner_has_a_limit_too_and_leaves_the_owners_device_alone(door: Door, owner: User) -> None:
    home = new_source()
    device = device_of(sign_in(door, owner.address, owner.password, home))

    guess(door, owner.address, home, OF_A_KNOWN_PLACE)

    assert sign_in(door, owner.address, owner.password, home).status == 401
    assert sign_in(door, owner.address, owner.password, home, device).status == 200
    assert counted(door, in_a_row(door, owner.address)) == 0


def test_a_stolen_or_made_up_device_is_no_key(door: Door, owner: User) -> None:
    other = door.user()
    device = device_of(sign_in(door, other.address, other.password, new_source()))
    close(door, owner.address)

    for presented in (device, "x" * 43, "nonsense", ""):
        assert sign_in(door, owner.address, owner.password, new_source(), presented).status == 401


def test_one_source_tries_a_thousand_times_at_all_accounts(
    door: Door, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(door, monkeypatch, attempts_per_source_per_day=5)
    attacker, home = new_source(), new_source()
    sign_in(door, owner.address, owner.password, home)

    statuses = [sign_in(door, user.address, user.password, attacker).status for user in (door.user() for _ in range(6))]

    assert statuses == [200] * 5 + [401]
    assert sign_in(door, owner.address, owner.password, home).status == 200, (
        "accounts that know the source are counted apart"
    )


def test_right_passwords_use_nothing_up(door: Door, owner: User) -> None:
    home, elsewhere = new_source(), new_source()

    for _ in range(OF_A_KNOWN_PLACE + 2):
        assert sign_in(door, owner.address, owner.password, home).status == 200
    guess(door, owner.address, elsewhere, OF_A_SOURCE - 1)
    assert sign_in(door, owner.address, owner.password, elsewhere).status == 200

    assert counted(door, in_a_row(door, owner.address)) == 0


def test_the_owner_is_told_once_however_long_the_account_is_closed(
    door: Door, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    close(door, owner.address)
    period = password_limits.IN_A_ROW_SECONDS
    begins = (time.time() // period + 1) * period

    for day in (0, 1, 29):
        monkeypatch.setattr(time, "time", lambda day=day: begins + day * 86400)
        guess(door, owner.address, new_source(), 3)

    assert subjects(door, owner.address).count("Wrong passwords for your account") == 1


def test_a_day_later_a_source_may_guess_again_but_not_beyond_the_hundred(
    door: Door, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    attacker, present = new_source(), time.time()
    guess(door, owner.address, attacker, OF_A_SOURCE + 1)
    assert counted(door, in_a_row(door, owner.address)) == OF_A_SOURCE

    monkeypatch.setattr(time, "time", lambda: present + 86400)
    guess(door, owner.address, attacker, OF_A_SOURCE + 1)

    assert counted(door, in_a_row(door, owner.address)) == 2 * OF_A_SOURCE


def test_other_ways_in_stay_open(account: Account) -> None:
    """OWASP ASVS 5.0 §6.1.1: what keeps guessers out must not keep the owner out."""
    door, address = account.door, account.user.address
    tokens = account.user.sign_in()
    close(door, address)
    assert account.password().status == 401

    assert door.call("refresh", {"refresh_token": tokens["refresh_token"]}).status == 200
    begun = door.call("signin_code", {"email": address})
    assert account.verify(begun.body["challenge_id"], "email", account.mailed_code()).status == 200


def test_a_reset_by_mail_opens_the_password_again(account: Account) -> None:
    door, address = account.door, account.user.address
    close(door, address)
    begun = door.call("forgot_password", {"email": address}).body
    new_password = "seven quiet herons wade home"
    body = {"challenge_id": begun["challenge_id"], "code": account.mailed_code(), "password": new_password}

    assert door.call("reset_password", body).status == 204

    assert sign_in(door, address, new_password, new_source()).status == 200


def test_after_a_reset_nothing_of_before_counts(account: Account) -> None:
    """Neither wrong passwords at the owner's own place, nor places where a thief has signed in."""
    door, address, old_password = account.door, account.user.address, account.user.password
    home = new_source()
    thiefs = device_of(sign_in(door, address, old_password, new_source()))
    guess(door, address, home, OF_A_SOURCE)
    assert sign_in(door, address, old_password, home).status == 401
    begun = door.call("forgot_password", {"email": address}).body
    new_password = "seven quiet herons wade home"
    body = {"challenge_id": begun["challenge_id"], "code": account.mailed_code(), "password": new_password}

    assert door.call("reset_password", body).status == 204

    assert sign_in(door, address, new_password, home).status == 200
    sign_in(door, address, WRONG, new_source(), thiefs)
    assert counted(door, in_a_row(door, address, epoch=1)) == 1, "the thief's device is unknown"


def test_strangers_at_the_hosted_pages_close_them_for_nobody_else(
    door: Door, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All come from one place there, so that no source is counted over all accounts."""
    limit(door, monkeypatch, attempts_per_source_per_day=1)
    module = door.module("migrate_user")
    event = {"triggerSource": "UserMigration_Authentication", "response": {}}

    for user in (door.user(), door.user(), owner):
        given = {**event, "userName": user.address, "request": {"password": user.password}}
        assert module.handler(given, None)["response"]["finalUserStatus"] == "CONFIRMED"


def test_the_hosted_pages_are_one_unknown_place(door: Door, owner: User) -> None:
    """Cognito says nothing of where its page was opened."""
    module = door.module("migrate_user")

    def migrate(password: str) -> bool:
        event = {"triggerSource": "UserMigration_Authentication", "userName": owner.address}
        try:
            module.handler({**event, "request": {"password": password}, "response": {}}, None)
        except module.NotMigrated:
            return False
        return True

    assert migrate(owner.password)
    assert not any(migrate(WRONG) for _ in range(OF_A_SOURCE))
    assert not migrate(owner.password)
    assert sign_in(door, owner.address, owner.password, new_source()).status == 200


def test_an_unknown_address_is_counted_as_a_known_one(door: Door) -> None:
    stranger = new_address()

    for _ in range(MOST // OF_A_SOURCE + 1):
        guess(door, stranger, new_source(), OF_A_SOURCE)

    assert counted(door, in_a_row(door, stranger)) == MOST
    assert subjects(door, stranger) == []
    sent = door.stack.aws("sesv2")
    assert sent
    assert NOBODYS_MAILBOX not in [mail.to for mail in inbox.messages(door.stack.cloud.url)], (
        "the inbox leaves them out"
    )


def test_neither_a_device_nor_where_it_is_stands_in_the_table_or_a_log(
    door: Door, owner: User, capsys: pytest.CaptureFixture[str]
) -> None:
    home = new_source()
    device = device_of(sign_in(door, owner.address, owner.password, home))
    guess(door, owner.address, home, 1)
    assert sign_in(door, owner.address, owner.password, new_source(), device).status == 200

    text = str([item for item in door.items() if item["pk"]["S"].startswith(("limit#", "places#"))])

    logged = capsys.readouterr().out
    assert f"places#{owner.id}" in text
    assert "POST /signin" in logged
    for secret in (device, home, owner.address):
        assert secret not in text + logged
