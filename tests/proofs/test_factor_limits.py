"""What is sent costs money, and what can be guessed is counted."""

import secrets
import time
from dataclasses import replace

import pytest

from handlers.core import limits
from tests.account import Account, next_code
from tests.door import SOURCES, behind_the_gate
from tests.limits import counted, set_counter

NEW_PASSWORD = "another long password of mine"


def charged(account: Account, counter: str) -> int:
    """What the table has counted lately: today, and before midnight if that has just been."""
    items = account.door.items()
    return sum(int(item["charged"]["N"]) for item in items if item["pk"]["S"].startswith(f"limit#{counter}#"))


def wrong_codes(account: Account, *, by_mailbox: bool = False) -> list[limits.Charge]:
    """Where they are counted now."""
    gates, now = account.door.module("verify_factor").GATES, int(time.time())
    profile = gates.directory.profile(account.user.id)
    return limits.for_code(gates.limits, account.user.id, profile.epoch, now, by_mailbox=by_mailbox)


def german_phone() -> str:
    """One that can exist."""
    return f"+491511{secrets.randbelow(10**7):07}"


class TestLimits:
    """What is sent costs money, and what can be guessed is counted."""

    def test_the_wait_between_messages_doubles(self, account: Account, phone: str) -> None:
        account.add_phone("verify", phone)
        account.providers.forget_waits(account)
        first = account.start(account.challenge(), "verify", "sms")
        again = account.start(account.challenge(), "verify", "sms")
        assert (first.status, again.status) == (202, 429)
        assert 0 < int(again.headers["retry-after"]) <= 30

        assert [limits.wait_after(sent, 30) for sent in range(1, 6)] == [30, 60, 120, 240, 480]
        assert [limits.wait_after(sent, 30) for sent in (12, 13, 14, 100)] == [61440, 86400, 86400, 86400]
        assert len(account.providers.messages(phone)) == 2

    def test_phones_that_nobody_has_confirmed_leave_half_to_the_others(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In Germany, where no other test sends to."""
        account.add_phone("verify", german_phone())
        kind = account.door.module("start_factor").GATES.kinds["verify"]
        tighter = replace(kind._tools.limits, messages_per_country_per_day=4)
        monkeypatch.setattr(kind, "_tools", replace(kind._tools, limits=tighter))
        statuses = []
        for _ in range(2):
            stranger = Account(account.door.user(), account.providers)
            stranger.prove_mailbox()
            stranger.enrol_phone("verify", german_phone())
            statuses.append(stranger.call("send_factor_code", {"channel": "sms"}, "verify").status)
        account.providers.forget_waits(account)

        assert statuses == [202, 429]
        assert account.start(account.challenge(), "verify", "sms").status == 202

    def test_it_is_kept_in_the_table(self, account: Account, phone: str, monkeypatch: pytest.MonkeyPatch) -> None:
        account.add_phone("verify", phone)
        present = time.time
        waits = []
        for later in (100, 300, 600):
            monkeypatch.setattr(time, "time", lambda later=later: present() + later)
            assert account.start(account.challenge(), "verify", "sms").status == 202
            waits.append(int(account.start(account.challenge(), "verify", "sms").headers["retry-after"]))

        assert 0 < waits[0] <= 30 < waits[1] <= 60 < waits[2] <= 120

    @pytest.mark.parametrize(
        ("limit", "most"),
        [
            ("messages_per_phone_per_day", 2),
            ("messages_per_user_per_day", 3),  # the confirming one among them
            ("messages_per_source_per_day", 2),
            ("messages_per_country_per_day", 2),
            ("spend_per_day_cents", 16 + 7),
        ],
    )
    def test_every_cap_caps(
        self, account: Account, phone: str, limit: str, most: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No counter is charged for a message that another refused; what is everybody's, others have used already."""
        account.add_phone("verify", phone)
        shared = {"messages_per_country_per_day": "sent:country:BR", "spend_per_day_cents": "sent:spend"}
        used = charged(account, shared[limit]) if limit in shared else 0
        kind = account.door.module("start_factor").GATES.kinds["verify"]
        tools = replace(kind._tools, limits=replace(kind._tools.limits, **{limit: used + most}))
        monkeypatch.setattr(kind, "_tools", tools)
        context, sent = behind_the_gate()["requestContext"], []
        for _ in range(4):
            account.providers.forget_waits(account)
            sent.append(account.start(account.challenge(), "verify", "sms", requestContext=context).status)

        assert sent == [202, 202, 429, 429]
        assert len(account.providers.messages(phone)) == 3
        elsewhere = account.start(account.challenge(), "verify", "sms").status
        assert elsewhere == (202 if limit == "messages_per_source_per_day" else 429)

    def test_ten_wrong_codes_a_day_and_no_more(self, account: Account) -> None:
        """Other factors still open: a recovery code is not guessed."""
        app = account.add_totp()
        codes = account.call("make_recovery_codes", amr="pwd mfa").body["codes"]
        statuses = []
        for _ in range(2):
            challenge_id = account.challenge()
            statuses += [account.verify(challenge_id, "totp", "000000").status for _ in range(5)]
        assert statuses == [401] * 10

        refused = account.verify(account.challenge(), "totp", next_code(app))

        assert (refused.status, refused.body["code"]) == (429, "too_many_requests")
        assert account.verify(account.challenge(), "recovery", codes[0]).status == 200

    def test_fifty_wrong_codes_in_thirty_days_and_no_more(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Ten a day for ever would be a hit in the end; an operator, or the next month, opens it again."""
        app = account.add_totp()
        codes = account.call("make_recovery_codes", amr="pwd mfa").body["codes"]
        daily, monthly = wrong_codes(account)
        set_counter(account.door, monthly.counter, monthly.most)

        refused = account.verify(account.challenge(), "totp", next_code(app))

        assert refused.status == 429
        assert int(refused.headers["retry-after"]) <= limits.MONTH_SECONDS
        assert counted(account.door, daily.counter) == 0, "all counters are charged, or none"
        assert account.verify(account.challenge(), "recovery", codes[0]).status == 200
        unlock = {"action": "unlock", "email": account.user.address}
        assert account.door.module("manage_users").handler(unlock, None) == {}
        assert account.verify(account.challenge(), "totp", next_code(app)).status == 200

    def test_a_thief_of_the_password_leaves_the_owner_a_reset(self, account: Account) -> None:
        """Which needs the second factor as well, and after which nothing of before counts."""
        app, door = account.add_totp(), account.door
        for charge in wrong_codes(account):
            set_counter(door, charge.counter, charge.most)
        assert account.verify(account.challenge(), "totp", next_code(app)).status == 429
        begun = door.call("forgot_password", {"email": account.user.address}).body
        first = {"challenge_id": begun["challenge_id"], "code": account.mailed_code(), "password": NEW_PASSWORD}
        assert door.call("reset_password", first).status == 202

        second = {**first, "factor_id": "totp", "code": next_code(app)}
        assert door.call("reset_password", second).status == 204

        ahead = door.call("signin", {"email": account.user.address, "password": NEW_PASSWORD}).body
        assert account.verify(ahead["challenge_id"], "totp", "000000").status == 401

    def test_what_is_kept_for_the_mailbox_ends_too(self, account: Account) -> None:
        app = account.add_totp()
        for charge in wrong_codes(account, by_mailbox=True):
            set_counter(account.door, charge.counter, charge.most)
        begun = account.door.call("signin_code", {"email": account.user.address}).body["challenge_id"]
        assert account.verify(begun, "email", account.mailed_code()).status == 202

        assert account.verify(begun, "totp", next_code(app)).status == 429
        assert account.verify(account.challenge(), "totp", next_code(app)).status == 200

    def test_the_owner_is_told_of_wrong_codes_after_the_right_password_once_a_day(self, account: Account) -> None:
        account.add_totp()
        for _ in range(6):
            assert account.verify(account.challenge(), "totp", "000000").status == 401

        assert account.subjects().count("Somebody knows your password") == 1

    def test_a_typo_or_two_is_nobodys_business(self, account: Account) -> None:
        app = account.add_totp()
        challenge_id = account.challenge()
        for _ in range(2):
            account.verify(challenge_id, "totp", "000000")
        assert account.verify(challenge_id, "totp", next_code(app)).status == 200

        assert "Somebody knows your password" not in account.subjects()

    def test_a_providers_fault_is_not_counted_as_a_wrong_code(self, account: Account, phone: str) -> None:
        account.add_phone("verify", phone)
        challenge_id = account.challenge()
        account.start(challenge_id, "verify", "sms")

        with account.providers.fault("500", "verify"):
            assert account.verify(challenge_id, "verify", "123456").status == 502

        assert [counted(account.door, charge.counter) for charge in wrong_codes(account)] == [0, 0]

    def test_right_codes_do_not_count(self, account: Account) -> None:
        account.add_totp()
        gate = account.door.module("verify_factor").GATES
        codes = account.call("make_recovery_codes", amr="pwd mfa").body["codes"]
        assert codes
        charges = wrong_codes(account)
        gate.counters.charge(charges, int(time.time()))
        assert [counted(account.door, charge.counter) for charge in charges] == [1, 1]
        gate.counters.give_back(charges)

        assert [counted(account.door, charge.counter) for charge in charges] == [0, 0]

    def test_no_phone_and_no_network_address_lies_in_the_table(self, account: Account, phone: str) -> None:
        account.add_phone("verify", phone)
        text = str(account.door.items())

        assert phone[1:] not in text
        assert SOURCES not in text
