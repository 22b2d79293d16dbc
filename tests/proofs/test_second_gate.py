"""The second gate: who is asked for it, what it takes to change it, and that nothing leads around it."""

import json
import secrets
import time
from dataclasses import replace
from types import SimpleNamespace

import pyotp
import pytest

from client import inbox
from contract.second_gate import RECENT_SECONDS
from handlers import gates
from handlers.core import sessions
from tests.account import Account, next_code
from tests.door import PASSWORD, SOURCES, Answer, behind_the_gate

NEW_PASSWORD = "another long password of mine"


def subjects(account: Account) -> list[str]:
    """Of the mail that the account got, oldest first."""
    return [mail.subject for mail in inbox.messages(account.door.stack.cloud.url) if mail.to == account.user.address]


def charged(account: Account, counter: str) -> int:
    """What the table has counted lately: today, and before midnight if that has just been."""
    items = account.door.items()
    return sum(int(item["charged"]["N"]) for item in items if item["pk"]["S"].startswith(f"limit#{counter}#"))


def german_phone() -> str:
    """One that can exist."""
    return f"+491511{secrets.randbelow(10**7):07}"


@pytest.fixture
def strong(account: Account) -> Account:
    """Signed in through two gates, with an app and recovery codes."""
    app = account.add_totp()
    account.hold(account.verify(account.challenge(), "totp", next_code(app)))
    return account


class TestStepUp:
    """Fresh and strong sign-ins for what changes factors (RFC 9470)."""

    def test_an_old_sign_in_changes_no_factors(self, account: Account) -> None:
        account.sign_in()
        old = str(int(time.time()) - RECENT_SECONDS - 5)

        for name in ("enrol_factor_totp", "make_recovery_codes", "send_factor_code", "confirm_factor"):
            answer = account.call(name, {"channel": "sms"} if name == "send_factor_code" else None, auth_time=old)
            assert (answer.status, answer.body["code"]) == (401, "step_up_required")
            assert answer.headers["www-authenticate"] == (
                f'Bearer error="insufficient_user_authentication", max_age="{RECENT_SECONDS}"'
            )
        assert account.call("list_factors", auth_time=old).status == 200

    def test_the_password_is_enough_where_there_is_no_factor(self, account: Account) -> None:
        before = account.sign_in()

        stepped = account.call("step_up", {"password": PASSWORD})

        after = account.hold(stepped)
        assert set(stepped.body) == {"access_token", "token_type", "expires_in"}
        assert (after["sid"], after["amr"]) == (before["sid"], ["pwd"])
        assert after["auth_time"] >= before["auth_time"]
        assert after["jti"] != before["jti"]

    def test_a_wrong_password_steps_nobody_up(self, account: Account) -> None:
        account.sign_in()

        answer = account.call("step_up", {"password": "wrong"})

        assert (answer.status, answer.body["code"]) == (401, "invalid_credentials")

    def test_a_session_from_before_the_factor_becomes_strong(self, account: Account) -> None:
        app = account.add_totp()
        assert account.claims["amr"] == ["pwd"]
        assert account.call("make_recovery_codes").body["code"] == "step_up_required"
        assert account.call("remove_factor", factor_id="totp").body["code"] == "step_up_required"

        begun = account.call("step_up")
        assert (begun.status, [one["id"] for one in begun.body["factors"]]) == (202, ["totp"])
        proof = {"challenge_id": begun.body["challenge_id"], "factor_id": "totp", "code": next_code(app)}
        claims = account.hold(account.call("step_up", proof))

        assert claims["amr"] == ["pwd", "otp", "mfa"]
        assert account.call("make_recovery_codes").status == 200

    def test_the_password_does_not_stand_in_for_the_second_factor(self, account: Account) -> None:
        account.add_totp()

        answer = account.call("step_up", {"password": PASSWORD})

        assert answer.status == 202
        assert "access_token" not in answer.body

    def test_what_was_stepped_up_survives_a_refresh(self, account: Account) -> None:
        tokens = account.password()
        account.hold(tokens)
        app = account.add_totp()
        begun = account.call("step_up").body["challenge_id"]
        stepped = account.hold(
            account.call("step_up", {"challenge_id": begun, "factor_id": "totp", "code": next_code(app)})
        )

        refreshed = account.hold(account.door.call("refresh", {"refresh_token": tokens.body["refresh_token"]}))

        assert (refreshed["amr"], refreshed["auth_time"]) == (stepped["amr"], stepped["auth_time"])

    def test_another_sessions_challenge_is_refused(self, strong: Account) -> None:
        codes = strong.call("make_recovery_codes").body["codes"]
        begun = strong.call("step_up").body["challenge_id"]
        proof = {"challenge_id": begun, "factor_id": "recovery", "code": codes[0]}

        other = strong.hold(strong.verify(strong.challenge(), "recovery", codes[1]))

        assert other["sid"]
        assert strong.call("step_up", proof).status == 401

    def test_a_challenge_to_step_up_signs_nobody_in(self, strong: Account) -> None:
        codes = strong.call("make_recovery_codes").body["codes"]
        begun = strong.call("step_up").body["challenge_id"]

        assert strong.verify(begun, "recovery", codes[0]).status == 401

    def test_a_challenge_to_sign_in_steps_nobody_up(self, strong: Account) -> None:
        codes = strong.call("make_recovery_codes").body["codes"]
        proof = {"challenge_id": strong.challenge(), "factor_id": "recovery", "code": codes[0]}

        assert strong.call("step_up", proof).status == 401

    def test_an_ended_session_does_not_step_up(self, strong: Account) -> None:
        begun = strong.call("step_up").body["challenge_id"]
        codes = strong.call("make_recovery_codes").body["codes"]
        strong.call("signout")

        proof = {"challenge_id": begun, "factor_id": "recovery", "code": codes[0]}
        assert strong.call("step_up", proof).status == 401
        assert strong.call("step_up").status == 401
        assert strong.verify(strong.challenge(), "recovery", codes[0]).status == 200  # nothing was used up


class TestChanges:
    """Adding and removing factors."""

    def test_adding_and_removing_are_told_by_mail(self, strong: Account) -> None:
        assert subjects(strong)[-1] == "Your second factors"
        strong.call("make_recovery_codes")
        strong.call("remove_factor", factor_id="totp")

        assert subjects(strong)[-3:] == ["Your second factors"] * 3

    def test_what_nobody_can_be_told_of_does_not_happen(self, strong: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        def out_of_reach(*_: object) -> None:
            raise ConnectionError

        monkeypatch.setattr(strong.door.module("remove_factor").MAILER, "send", out_of_reach)

        assert strong.call("remove_factor", factor_id="totp").status == 500
        assert [one["id"] for one in strong.factors()] == ["totp"]

    def test_a_thief_of_a_weak_session_adds_nothing(self, account: Account) -> None:
        """The session is from before the factor, fresh, and knows the password alone."""
        account.add_totp()

        for name, body in (("enrol_factor_verify", {"phone": "+5511987650547"}), ("enrol_factor_passkey", None)):
            answer = account.call(name, body)
            assert (answer.status, answer.body["code"]) == (401, "step_up_required")

    def test_of_several_each_can_be_removed(self, strong: Account, phone: str) -> None:
        strong.add_phone("verify", phone)
        assert strong.call("remove_factor", factor_id="totp").status == 204

        assert [one["id"] for one in strong.factors()] == ["verify"]
        assert strong.password().status == 202

    def test_removing_twice_is_removing_once(self, strong: Account, phone: str) -> None:
        strong.add_phone("verify", phone)
        statuses = [strong.call("remove_factor", factor_id="verify").status for _ in range(2)]

        assert statuses == [204, 404]
        profile = strong.door.module("signin").GATES.directory.profile(strong.user.id)
        assert profile is not None
        assert profile.second_factors == 1

    def test_what_was_never_confirmed_is_removed_without_a_second_factor(self, account: Account, phone: str) -> None:
        account.sign_in()
        account.enrol_phone("authy", phone)

        assert account.call("remove_factor", factor_id="authy").status == 204
        assert account.factors() == []

    def test_enrolments_that_nobody_finished_take_no_room(self, account: Account) -> None:
        account.sign_in()

        statuses = [account.call("enrol_factor_passkey").status for _ in range(12)]

        assert statuses == [201] * 12
        account.add_totp()

    def test_the_last_factor_stays_where_everybody_needs_one(
        self, strong: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        module = strong.door.module("remove_factor")
        monkeypatch.setattr(module, "GATES", replace(module.GATES, is_required=True))

        answer = strong.call("remove_factor", factor_id="totp")

        assert (answer.status, answer.body["code"]) == (409, "factor_needed")

    def test_asking_after_a_push_is_no_try(self, account: Account, phone: str) -> None:
        account.sign_in()
        account.enrol_phone("authy", phone)
        account.call("send_factor_code", {"channel": "push"}, "authy")

        waiting = [account.call("confirm_factor", {}, "authy").status for _ in range(8)]
        account.providers.answer_push(phone, "approved")

        assert waiting == [202] * 8
        assert account.call("confirm_factor", {}, "authy").status == 200

    @pytest.mark.parametrize("factor_id", ["x" * 2000, "TOTP", "to#tp", "a b", "é" * 10])
    def test_what_is_no_name_of_a_factor_is_not_there(self, account: Account, factor_id: str) -> None:
        account.sign_in()

        for name, body in (("confirm_factor", {"code": "123456"}), ("send_factor_code", {"channel": "sms"})):
            assert account.call(name, body, factor_id).status == 404
        for name in ("remove_factor", "show_factor", "factor_qr"):
            assert account.call(name, factor_id=factor_id).status == 404

    def test_a_factor_that_somebody_else_has_is_not_there(self, strong: Account) -> None:
        other = Account(strong.door.user(), strong.providers)
        other.sign_in()

        for name in ("show_factor", "factor_qr"):
            assert other.call(name, factor_id="totp").status == 404
        assert other.call("remove_factor", factor_id="totp", amr="pwd mfa").status == 404

    def test_kinds_that_the_stack_does_not_offer_are_not_there(
        self, account: Account, monkeypatch: pytest.MonkeyPatch, phone: str
    ) -> None:
        """Without credentials Authy is absent, and everything else is as it was."""
        account.sign_in()
        module = account.door.module("enrol_factor")
        kinds = {name: kind for name, kind in module.GATES.kinds.items() if name != "authy"}
        monkeypatch.setattr(module, "GATES", replace(module.GATES, kinds=kinds))

        answer = account.enrol_phone("authy", phone)

        assert (answer.status, answer.body) == (
            404,
            {"message": "This stack does not offer the factor authy.", "code": "no_such_factor"},
        )
        assert account.call("enrol_factor_totp").status == 201


class TestReset:
    """A forgotten password never skips the second factor."""

    def begin(self, account: Account) -> dict[str, str]:
        answer = account.door.call("forgot_password", {"email": account.user.address})
        return {
            "challenge_id": answer.body["challenge_id"],
            "code": account.mailed_code(),
            "password": NEW_PASSWORD,
        }

    def test_a_mailed_code_sets_a_new_password_and_ends_all_sessions(self, account: Account) -> None:
        tokens = account.user.sign_in()

        answer = account.door.call("reset_password", self.begin(account))

        assert answer.status == 204
        assert account.password().status == 401
        assert replace(account.user, password=NEW_PASSWORD).sign_in()
        assert account.door.call("refresh", {"refresh_token": tokens["refresh_token"]}).status == 401
        assert subjects(account)[-1] == "Your password was changed"

    def test_the_second_factor_is_asked_for(self, account: Account) -> None:
        app = account.add_totp()
        body = self.begin(account)

        first = account.door.call("reset_password", body)
        assert (first.status, [one["id"] for one in first.body["factors"]]) == (202, ["totp"])
        assert account.password().status == 202  # the old one is still right
        wrong = account.door.call("reset_password", {**body, "factor_id": "totp", "code": "000000"})
        assert wrong.status == 401
        second = account.door.call("reset_password", {**body, "factor_id": "totp", "code": next_code(app)})

        assert second.status == 204
        assert account.password().status == 401

    def test_a_wrong_recovery_code_changes_nothing_and_says_nothing(self, account: Account) -> None:
        """The notice goes out before the change, but not before the proof is right."""
        account.add_totp()
        codes = account.call("make_recovery_codes", amr="pwd mfa").body["codes"]
        body = {**self.begin(account), "factor_id": "recovery"}
        account.door.call("reset_password", {name: body[name] for name in ("challenge_id", "code", "password")})

        wrong = account.door.call("reset_password", {**body, "code": "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA"})

        assert wrong.status == 401
        assert "Your password was changed" not in subjects(account)
        assert account.door.call("reset_password", {**body, "code": codes[0]}).status == 204
        assert "Your password was changed" in subjects(account)

    def test_a_weak_password_changes_nothing_and_uses_nothing_up(self, account: Account) -> None:
        body = self.begin(account)

        weak = account.door.call("reset_password", {**body, "password": "short"})

        assert (weak.status, weak.body["code"]) == (400, "weak_password")
        assert account.door.call("reset_password", body).status == 204

    def test_the_code_works_once(self, account: Account) -> None:
        body = self.begin(account)

        statuses = [account.door.call("reset_password", body).status for _ in range(2)]

        assert statuses == [204, 401]

    def test_a_locked_password_is_unlocked_by_a_new_one(self, account: Account) -> None:
        directory = account.door.module("signin").DOOR.directory
        for _ in range(101):
            directory.attempt(account.user.id)

        account.door.call("reset_password", self.begin(account))

        assert replace(account.user, password=NEW_PASSWORD).sign_in()


class TestEpochs:
    """A reset, disabling, and an operator end everything of before, at once."""

    def test_a_half_passed_challenge_does_not_outlive_a_reset(self, account: Account) -> None:
        """Whoever has opened the first gate with the old password, and gets hold of a code later."""
        app = account.add_totp()
        begun = account.challenge()
        account.door.module("signin").GATES.directory.end_all_sessions(account.user.id)

        assert account.verify(begun, "totp", next_code(app)).status == 401
        assert account.verify(account.challenge(), "totp", next_code(app)).status == 200

    def test_a_mailed_code_does_not_outlive_a_reset(self, account: Account) -> None:
        challenge_id = account.door.call("signin_code", {"email": account.user.address}).body["challenge_id"]
        code = account.mailed_code()
        account.door.module("signin").GATES.directory.end_all_sessions(account.user.id)

        assert account.verify(challenge_id, "email", code).status == 401

    def test_sessions_end_with_the_password_though_nobody_clears_them_away(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tokens = account.user.sign_in()
        directory = account.door.module("reset_password").GATES.directory
        monkeypatch.setattr(directory, "clear_sessions", lambda *_: (_ for _ in ()).throw(ConnectionError()))
        begun = account.door.call("forgot_password", {"email": account.user.address}).body["challenge_id"]
        body = {"challenge_id": begun, "code": account.mailed_code(), "password": NEW_PASSWORD}

        assert account.door.call("reset_password", body).status == 500
        assert replace(account.user, password=NEW_PASSWORD).sign_in()
        assert account.door.call("refresh", {"refresh_token": tokens["refresh_token"]}).status == 401

    def test_a_session_that_is_over_changes_no_factors(self, account: Account) -> None:
        """Though the gate may remember it for a minute."""
        account.sign_in()
        account.call("enrol_factor_totp")
        account.door.module("signin").GATES.directory.end_all_sessions(account.user.id)

        for name in ("enrol_factor_totp", "confirm_factor", "make_recovery_codes", "remove_factor"):
            answer = account.call(name, {"code": "123456"} if name == "confirm_factor" else None, "totp")
            assert (answer.status, answer.body["code"]) == (401, "invalid_grant")

    def test_a_factor_is_not_confirmed_across_a_reset(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever is confirming while the owner resets the password comes too late."""
        account.sign_in()
        app = pyotp.TOTP(account.call("enrol_factor_totp").body["secret"])
        module = account.door.module("confirm_factor")
        send = module.MAILER.send

        def reset_meanwhile(*mail: str) -> None:
            send(*mail)
            module.GATES.directory.end_all_sessions(account.user.id)

        monkeypatch.setattr(module.MAILER, "send", reset_meanwhile)

        assert account.call("confirm_factor", {"code": app.now()}, "totp").status == 401
        assert account.password().status == 200

    def test_of_two_resets_the_second_comes_too_late(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        begun = account.door.call("forgot_password", {"email": account.user.address}).body["challenge_id"]
        body = {"challenge_id": begun, "code": account.mailed_code(), "password": NEW_PASSWORD}
        module = account.door.module("reset_password")
        monkeypatch.setattr(module.MAILER, "send", lambda *_: module.GATES.directory.end_all_sessions(account.user.id))

        assert account.door.call("reset_password", body).status == 401
        assert account.password().status == 200

    def test_sessions_from_before_the_factor_are_not_refreshed(self, account: Account) -> None:
        """Nor when the factor is gone again: a new phone must not bring a thief back."""
        thief = account.user.sign_in()["refresh_token"]
        account.add_totp()
        assert account.door.call("refresh", {"refresh_token": thief}).status == 401

        assert account.call("remove_factor", factor_id="totp", amr="pwd mfa").status == 204

        assert account.door.call("refresh", {"refresh_token": thief}).status == 401
        assert account.password().status == 200

    def test_the_session_that_adds_the_first_factor_goes_on(self, account: Account) -> None:
        """It steps up with the factor, and is refreshed from then on."""
        tokens = account.user.sign_in()
        account.hold(Answer(200, {}, json.dumps(tokens)))
        app = account.add_totp()
        begun = account.call("step_up").body["challenge_id"]
        proof = {"challenge_id": begun, "factor_id": "totp", "code": next_code(app)}

        assert account.hold(account.call("step_up", proof))["amr"] == ["pwd", "otp", "mfa"]

        assert account.door.call("refresh", {"refresh_token": tokens["refresh_token"]}).status == 200

    def test_a_removal_that_was_begun_before_a_reset_comes_too_late(
        self, strong: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It waited for a provider meanwhile."""
        gates_ = strong.door.module("remove_factor").GATES
        ends = lambda _: gates_.directory.end_all_sessions(strong.user.id)  # noqa: E731
        monkeypatch.setattr(gates_.kinds["totp"], "remove", ends)

        assert strong.call("remove_factor", factor_id="totp").status == 503

        assert [one["id"] for one in strong.factors()] == ["totp"]

    def test_the_password_alone_is_no_mfa_when_the_last_factor_is_gone(self, strong: Account) -> None:
        assert strong.call("remove_factor", factor_id="totp").status == 204

        assert strong.hold(strong.call("step_up", {"password": PASSWORD}))["amr"] == ["pwd"]


class TestOperators:
    """Their help does not depend on mail."""

    def test_factors_are_removed_though_nobody_can_be_told(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account.add_totp()
        module = account.door.module("manage_users")
        nobody = SimpleNamespace(send=lambda *_: (_ for _ in ()).throw(ConnectionError()))
        monkeypatch.setattr(module.gates, "mailer", lambda: nobody)

        answer = module.handler({"action": "remove_factors", "email": account.user.address}, None)

        assert answer["code"] == "not_told"
        assert account.password().status == 200


class TestPolicy:
    """A stack on which everybody needs a second factor."""

    @pytest.fixture(autouse=True)
    def required(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("signin", "verify_factor"):
            module = account.door.module(name)
            monkeypatch.setattr(module, "GATES", replace(gates.load(), is_required=True))

    def test_whoever_has_none_signs_in_only_to_add_one(self, account: Account) -> None:
        answer = account.password()

        assert answer.status == 202
        assert answer.body["enrol_required"] is True
        assert "refresh_token" not in answer.body
        claims = account.hold(replace(answer, status=200))
        assert (claims["scope"], claims["exp"] - claims["iat"]) == ("enrol", 600)
        app = account.add_totp()
        assert account.hold(account.verify(account.challenge(), "totp", next_code(app)))["scope"].startswith("account")

    def test_sessions_of_before_are_not_refreshed(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who has signed in before the stack asked for a second factor signs in again."""
        directory = account.door.module("refresh").DOOR.directory
        weak, strong = (
            sessions.start(account.user.id, amr, int(time.time()), secrets.token_bytes)
            for amr in (("pwd",), ("pwd", "otp", "mfa"))
        )
        for started in (weak, strong):
            directory.start_session(started.session)
        monkeypatch.setattr(account.door.module("refresh"), "IS_REQUIRED", True)

        statuses = [account.door.call("refresh", {"refresh_token": one.refresh_token}).status for one in (weak, strong)]

        assert statuses == [401, 200]

    def test_the_password_does_not_keep_such_a_session_fresh(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        directory = account.door.module("refresh").DOOR.directory
        weak = sessions.start(account.user.id, ("pwd",), int(time.time()), secrets.token_bytes).session
        directory.start_session(weak)
        account.claims = {"sub": account.user.id, "sid": weak.id, "auth_time": int(time.time()), "amr": ["pwd"]}
        module = account.door.module("step_up")
        monkeypatch.setattr(module, "GATES", replace(module.GATES, is_required=True))

        assert account.call("step_up", {"password": PASSWORD}).status == 401

    def test_a_mailed_code_leads_no_further(self, account: Account) -> None:
        challenge_id = account.door.call("signin_code", {"email": account.user.address}).body["challenge_id"]

        answer = account.verify(challenge_id, "email", account.mailed_code())

        assert (answer.status, answer.body["enrol_required"]) == (202, True)
        assert "refresh_token" not in answer.body


class TestLimits:
    """What is sent costs money, and what can be guessed is counted."""

    def test_the_wait_between_messages_doubles(self, account: Account, phone: str) -> None:
        account.add_phone("verify", phone)
        account.providers.forget_waits(account)
        first = account.start(account.challenge(), "verify", "sms")
        again = account.start(account.challenge(), "verify", "sms")
        assert (first.status, again.status) == (202, 429)
        assert 0 < int(again.headers["retry-after"]) <= 30

        limits = account.door.module("core.limits")

        assert [limits.wait_after(sent, 30) for sent in range(1, 6)] == [30, 60, 120, 240, 480]
        assert len(account.providers.messages(phone)) == 2

    def test_phones_that_nobody_has_confirmed_leave_half_to_the_others(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In Germany, where no other test sends to."""
        account.add_phone("verify", german_phone())
        kind = account.door.module("start_factor").GATES.kinds["verify"]
        limits = replace(kind._tools.limits, messages_per_country_per_day=4)
        monkeypatch.setattr(kind, "_tools", replace(kind._tools, limits=limits))
        statuses = []
        for _ in range(2):
            stranger = Account(account.door.user(), account.providers)
            stranger.sign_in()
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
        shared = {"messages_per_country_per_day": "country:BR", "spend_per_day_cents": "spend"}
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

    def test_twenty_wrong_codes_a_day_and_no_more(self, account: Account) -> None:
        """Other factors still open: a recovery code is not guessed."""
        app = account.add_totp()
        codes = account.call("make_recovery_codes", amr="pwd mfa").body["codes"]
        statuses = []
        for _ in range(4):
            challenge_id = account.challenge()
            statuses += [account.verify(challenge_id, "totp", "000000").status for _ in range(5)]
        assert statuses == [401] * 20

        refused = account.verify(account.challenge(), "totp", next_code(app))

        assert (refused.status, refused.body["code"]) == (429, "too_many_requests")
        assert account.verify(account.challenge(), "recovery", codes[0]).status == 200

    def test_a_providers_fault_is_not_counted_as_a_wrong_code(self, account: Account, phone: str) -> None:
        account.add_phone("verify", phone)
        challenge_id = account.challenge()
        account.start(challenge_id, "verify", "sms")

        with account.providers.fault("500", "verify"):
            assert account.verify(challenge_id, "verify", "123456").status == 502

        assert charged(account, f"codes:{account.user.id}") == 0

    def test_right_codes_do_not_count(self, account: Account) -> None:
        account.add_totp()
        gate = account.door.module("verify_factor").GATES
        codes = account.call("make_recovery_codes", amr="pwd mfa").body["codes"]
        assert codes
        counter = account.door.module("core.limits").for_code(gate.limits, account.user.id, int(time.time()))
        gate.counters.charge([counter], int(time.time()))
        gate.counters.give_back(counter)

        assert charged(account, f"codes:{account.user.id}") == 0

    def test_no_phone_and_no_network_address_lies_in_the_table(self, account: Account, phone: str) -> None:
        account.add_phone("verify", phone)
        text = str(account.door.items())

        assert phone[1:] not in text
        assert SOURCES not in text
