"""Limits of wrong passwords, for one source, a thousand sources, and the owner meanwhile."""

import time

import pytest

from contract.limits import SignInLimits
from contract.mail import NOBODYS_MAILBOX
from handlers.core.limits import passwords
from sallyport.client.stack import inbox
from tests.support.account import Account
from tests.support.handlers import Answer, Handlers, User, new_address
from tests.support.limits import counted, device_of, from_place, in_a_row, limit, new_source, set_counter

WRONG = "not the password at all"
LIMITS = SignInLimits()
MOST = LIMITS.wrong_passwords_in_a_row
OF_A_SOURCE = LIMITS.wrong_passwords_per_source_per_day
OF_A_KNOWN_PLACE = LIMITS.wrong_passwords_per_known_place_per_day


def sign_in(handlers: Handlers, address: str, password: str, source: str, device: str = "") -> Answer:
    return handlers.call("signin", {"email": address, "password": password}, **from_place(source, device))


def guess(handlers: Handlers, address: str, source: str, times: int) -> None:
    for _ in range(times):
        assert sign_in(handlers, address, WRONG, source).status == 401


def close(handlers: Handlers, address: str) -> None:
    """Close the account for unknown places, as a hundred guesses do."""
    set_counter(handlers, in_a_row(handlers, address), MOST)


def subjects(handlers: Handlers, address: str) -> list[str]:
    return [mail.subject for mail in inbox.messages(handlers.stack.cloud.url) if mail.to == address]


@pytest.fixture
def owner(handlers: Handlers) -> User:
    """Somebody whose account was made from another place than any of these."""
    return handlers.user()


def test_one_source_shuts_out_nobody_but_itself(handlers: Handlers, owner: User) -> None:
    attacker = new_source()
    guess(handlers, owner.address, attacker, OF_A_SOURCE)

    assert sign_in(handlers, owner.address, owner.password, attacker).status == 401
    assert sign_in(handlers, owner.address, owner.password, new_source()).status == 200


def test_many_sources_get_a_hundred_guesses_in_a_row_and_no_more(handlers: Handlers, owner: User) -> None:
    home = new_source()
    sign_in(handlers, owner.address, owner.password, home)

    for _ in range(MOST // OF_A_SOURCE + 1):
        guess(handlers, owner.address, new_source(), OF_A_SOURCE)

    assert counted(handlers, in_a_row(handlers, owner.address)) == MOST
    assert sign_in(handlers, owner.address, owner.password, new_source()).status == 401
    assert sign_in(handlers, owner.address, owner.password, home).status == 200


def test_where_the_owner_has_signed_in_before_there_is_always_room(handlers: Handlers, owner: User) -> None:
    """By the source; by the device, wherever it is; and from then on everywhere again."""
    home = new_source()
    device = device_of(sign_in(handlers, owner.address, owner.password, home))
    close(handlers, owner.address)
    assert sign_in(handlers, owner.address, owner.password, new_source()).status == 401

    assert sign_in(handlers, owner.address, owner.password, home).status == 200
    close(handlers, owner.address)
    assert sign_in(handlers, owner.address, owner.password, new_source(), device).status == 200
    assert sign_in(handlers, owner.address, owner.password, new_source()).status == 200


def test_the_place_of_the_sign_up_is_known(handlers: Handlers) -> None:
    address, home = new_address(), new_source()
    challenge_id, code = handlers.sign_up(address)
    confirmed = handlers.call("confirm_signup", {"challenge_id": challenge_id, "code": code}, **from_place(home))
    close(handlers, address)

    assert (
        sign_in(handlers, address, "violet otters paddle past nine", new_source(), device_of(confirmed)).status == 200
    )


def test_a_neighbour_of_the_owner_has_a_limit_too_and_leaves_the_owners_device_alone(
    handlers: Handlers, owner: User
) -> None:
    home = new_source()
    device = device_of(sign_in(handlers, owner.address, owner.password, home))

    guess(handlers, owner.address, home, OF_A_KNOWN_PLACE)

    assert sign_in(handlers, owner.address, owner.password, home).status == 401
    assert sign_in(handlers, owner.address, owner.password, home, device).status == 200
    assert counted(handlers, in_a_row(handlers, owner.address)) == 0


def test_a_stolen_or_made_up_device_is_no_key(handlers: Handlers, owner: User) -> None:
    other = handlers.user()
    device = device_of(sign_in(handlers, other.address, other.password, new_source()))
    close(handlers, owner.address)

    for presented in (device, "x" * 43, "nonsense", ""):
        assert sign_in(handlers, owner.address, owner.password, new_source(), presented).status == 401


def test_one_source_tries_a_thousand_times_at_all_accounts(
    handlers: Handlers, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(handlers, monkeypatch, attempts_per_source_per_day=5)
    attacker, home = new_source(), new_source()
    sign_in(handlers, owner.address, owner.password, home)

    statuses = [
        sign_in(handlers, user.address, user.password, attacker).status for user in (handlers.user() for _ in range(6))
    ]

    assert statuses == [200] * 5 + [401]
    assert sign_in(handlers, owner.address, owner.password, home).status == 200, (
        "accounts that know the source are counted apart"
    )


def test_right_passwords_use_nothing_up(handlers: Handlers, owner: User) -> None:
    home, elsewhere = new_source(), new_source()

    for _ in range(OF_A_KNOWN_PLACE + 2):
        assert sign_in(handlers, owner.address, owner.password, home).status == 200
    guess(handlers, owner.address, elsewhere, OF_A_SOURCE - 1)
    assert sign_in(handlers, owner.address, owner.password, elsewhere).status == 200

    assert counted(handlers, in_a_row(handlers, owner.address)) == 0


def test_the_owner_is_told_once_however_long_the_account_is_closed(
    handlers: Handlers, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    close(handlers, owner.address)
    period = passwords.IN_A_ROW_SECONDS
    begins = (time.time() // period + 1) * period

    for day in (0, 1, 29):
        monkeypatch.setattr(time, "time", lambda day=day: begins + day * 86400)
        guess(handlers, owner.address, new_source(), 3)

    assert subjects(handlers, owner.address).count("Wrong passwords for your account") == 1


def test_a_day_later_a_source_may_guess_again_but_not_beyond_the_hundred(
    handlers: Handlers, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    attacker, present = new_source(), time.time()
    guess(handlers, owner.address, attacker, OF_A_SOURCE + 1)
    assert counted(handlers, in_a_row(handlers, owner.address)) == OF_A_SOURCE

    monkeypatch.setattr(time, "time", lambda: present + 86400)
    guess(handlers, owner.address, attacker, OF_A_SOURCE + 1)

    assert counted(handlers, in_a_row(handlers, owner.address)) == 2 * OF_A_SOURCE


def test_other_ways_in_stay_open(account: Account) -> None:
    """OWASP ASVS 5.0 §6.1.1: what keeps guessers out must not keep the owner out."""
    handlers, address = account.handlers, account.user.address
    tokens = account.user.sign_in()
    close(handlers, address)
    assert account.password().status == 401

    assert handlers.call("refresh", {"refresh_token": tokens["refresh_token"]}).status == 200
    begun = handlers.call("signin_code", {"email": address})
    assert account.verify(begun.body["challenge_id"], "email", account.mailed_code()).status == 200


def test_a_reset_by_mail_opens_the_password_again(account: Account) -> None:
    handlers, address = account.handlers, account.user.address
    close(handlers, address)
    begun = handlers.call("forgot_password", {"email": address}).body
    new_password = "seven quiet herons wade home"
    body = {"challenge_id": begun["challenge_id"], "code": account.mailed_code(), "password": new_password}

    assert handlers.call("reset_password", body).status == 204

    assert sign_in(handlers, address, new_password, new_source()).status == 200


def test_after_a_reset_nothing_of_before_counts(account: Account) -> None:
    """Neither wrong passwords at the owner's own place, nor places where a thief has signed in."""
    handlers, address, old_password = account.handlers, account.user.address, account.user.password
    home = new_source()
    thiefs = device_of(sign_in(handlers, address, old_password, new_source()))
    guess(handlers, address, home, OF_A_SOURCE)
    assert sign_in(handlers, address, old_password, home).status == 401
    begun = handlers.call("forgot_password", {"email": address}).body
    new_password = "seven quiet herons wade home"
    body = {"challenge_id": begun["challenge_id"], "code": account.mailed_code(), "password": new_password}

    assert handlers.call("reset_password", body).status == 204

    assert sign_in(handlers, address, new_password, home).status == 200
    sign_in(handlers, address, WRONG, new_source(), thiefs)
    assert counted(handlers, in_a_row(handlers, address, epoch=1)) == 1, "the thief's device is unknown"


def test_strangers_at_the_hosted_pages_close_them_for_nobody_else(
    handlers: Handlers, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All come from one place there, so that no source is counted over all accounts."""
    limit(handlers, monkeypatch, attempts_per_source_per_day=1)
    module = handlers.module("migrate_user")
    event = {"triggerSource": "UserMigration_Authentication", "response": {}}

    for user in (handlers.user(), handlers.user(), owner):
        given = {**event, "userName": user.address, "request": {"password": user.password}}
        assert module.handler(given, None)["response"]["finalUserStatus"] == "CONFIRMED"


def test_the_hosted_pages_are_one_unknown_place(handlers: Handlers, owner: User) -> None:
    """Cognito says nothing of where its page was opened."""
    module = handlers.module("migrate_user")

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
    assert sign_in(handlers, owner.address, owner.password, new_source()).status == 200


def test_an_unknown_address_is_counted_as_a_known_one(handlers: Handlers) -> None:
    stranger = new_address()

    for _ in range(MOST // OF_A_SOURCE + 1):
        guess(handlers, stranger, new_source(), OF_A_SOURCE)

    assert counted(handlers, in_a_row(handlers, stranger)) == MOST
    assert subjects(handlers, stranger) == []
    sent = handlers.stack.aws("sesv2")
    assert sent
    assert NOBODYS_MAILBOX not in [mail.to for mail in inbox.messages(handlers.stack.cloud.url)], (
        "the inbox leaves them out"
    )


def test_neither_a_device_nor_where_it_is_stands_in_the_table_or_a_log(
    handlers: Handlers, owner: User, capsys: pytest.CaptureFixture[str]
) -> None:
    home = new_source()
    device = device_of(sign_in(handlers, owner.address, owner.password, home))
    guess(handlers, owner.address, home, 1)
    assert sign_in(handlers, owner.address, owner.password, new_source(), device).status == 200

    text = str([item for item in handlers.items() if item["pk"]["S"].startswith(("limit#", "places#"))])

    logged = capsys.readouterr().out
    assert f"places#{owner.id}" in text
    assert "POST /signin" in logged
    for secret in (device, home, owner.address):
        assert secret not in text + logged
