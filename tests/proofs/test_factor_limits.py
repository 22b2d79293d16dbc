"""What is sent costs money, and what can be guessed is counted."""

import re
import secrets
import time
from dataclasses import replace

import pytest

from handlers.core.limits import counters, messages
from handlers.core.limits.counters import Consume
from tests.support.account import Account, next_code
from tests.support.handlers import authorized
from tests.support.limits import counted, set_counter
from tests.support.operators import manage_here

NEW_PASSWORD = "another long password of mine"


def consumed(account: Account, counter: str) -> int:
    """Return the sum of this counter in the table: today's, and yesterday's just after midnight."""
    items = account.handlers.items()
    return sum(int(item["charged"]["N"]) for item in items if item["pk"]["S"].startswith(f"limit#{counter}#"))


def wrong_codes(account: Account, *, by_mailbox: bool = False) -> list[Consume]:
    """Return the current counters of wrong codes."""
    services, now = account.handlers.module("verify_factor").SERVICES, int(time.time())
    profile = services.directory.profile(account.user.id)
    return messages.for_code(services.factor_limits, account.user.id, profile.epoch, now, by_mailbox=by_mailbox)


def german_phone() -> str:
    """Return a possible phone in Germany."""
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

        assert [counters.cooldown_seconds(sent, 30) for sent in range(1, 6)] == [30, 60, 120, 240, 480]
        assert [counters.cooldown_seconds(sent, 30) for sent in (12, 13, 14, 100)] == [61440, 86400, 86400, 86400]
        assert len(account.providers.messages(phone)) == 2

    def test_phones_that_nobody_has_confirmed_leave_half_to_the_others(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In Germany, where no other test sends to."""
        account.add_phone("verify", german_phone())
        for name in ("start_factor", "send_factor_code"):
            type_ = account.handlers.module(name).SERVICES.factor_types["verify"]
            tighter = replace(type_._tools.limits, messages_per_country_per_day=4)
            monkeypatch.setattr(type_, "_tools", replace(type_._tools, limits=tighter))
        statuses = []
        for _ in range(2):
            stranger = Account(account.handlers.user(), account.providers)
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
        """No counter is consumed for a message that another refused; what is everybody's, others have used already."""
        account.add_phone("verify", phone)
        shared = {"messages_per_country_per_day": "sent:country:BR", "spend_per_day_cents": "sent:spend"}
        used = consumed(account, shared[limit]) if limit in shared else 0
        kind = account.handlers.module("start_factor").SERVICES.factor_types["verify"]
        tools = replace(kind._tools, limits=replace(kind._tools.limits, **{limit: used + most}))
        monkeypatch.setattr(kind, "_tools", tools)
        context, sent = authorized()["requestContext"], []
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
        set_counter(account.handlers, monthly.counter, monthly.most)

        refused = account.verify(account.challenge(), "totp", next_code(app))

        assert refused.status == 429
        assert int(refused.headers["retry-after"]) <= counters.MONTH_SECONDS
        assert counted(account.handlers, daily.counter) == 0, "all counters are consumed, or none"
        assert account.verify(account.challenge(), "recovery", codes[0]).status == 200
        unlock = {"action": "unlock", "email": account.user.address}
        assert manage_here(account.handlers, unlock) == {}
        assert account.verify(account.challenge(), "totp", next_code(app)).status == 200

    def test_a_thief_of_the_password_leaves_the_owner_a_reset(self, account: Account) -> None:
        """Which needs the second factor as well, and after which nothing of before counts."""
        app, handlers = account.add_totp(), account.handlers
        for one in wrong_codes(account):
            set_counter(handlers, one.counter, one.most)
        assert account.verify(account.challenge(), "totp", next_code(app)).status == 429
        begun = handlers.call("forgot_password", {"email": account.user.address}).body
        first = {"challenge_id": begun["challenge_id"], "code": account.mailed_code(), "password": NEW_PASSWORD}
        assert handlers.call("reset_password", first).status == 202

        second = {**first, "factor_id": "totp", "code": next_code(app)}
        assert handlers.call("reset_password", second).status == 204

        ahead = handlers.call("signin", {"email": account.user.address, "password": NEW_PASSWORD}).body
        assert account.verify(ahead["challenge_id"], "totp", "000000").status == 401

    def test_what_is_kept_for_the_mailbox_ends_too(self, account: Account) -> None:
        app = account.add_totp()
        for one in wrong_codes(account, by_mailbox=True):
            set_counter(account.handlers, one.counter, one.most)
        begun = account.handlers.call("signin_code", {"email": account.user.address}).body["challenge_id"]
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

        assert [counted(account.handlers, one.counter) for one in wrong_codes(account)] == [0, 0]

    def test_right_codes_do_not_count(self, account: Account) -> None:
        account.add_totp()
        services = account.handlers.module("verify_factor").SERVICES
        codes = account.call("make_recovery_codes", amr="pwd mfa").body["codes"]
        assert codes
        consumes = wrong_codes(account)
        services.counters.consume(consumes, int(time.time()))
        assert [counted(account.handlers, one.counter) for one in consumes] == [1, 1]
        services.counters.refund(consumes)

        assert [counted(account.handlers, one.counter) for one in consumes] == [0, 0]

    def test_no_phone_and_no_network_address_lies_in_the_table(self, account: Account, phone: str) -> None:
        """Sessions have the coarse network, which the owner is shown."""
        account.add_phone("verify", phone)
        text = str(account.handlers.items())

        assert phone[1:] not in text
        assert not re.search(r"2001:db8:\w+:\w", text)
        assert re.search(r"2001:db8:\w+::/48", text)
