"""MFA: its requirement, changes of factors, and that no route leads around it."""

import time
from dataclasses import replace

import pytest

from contract.mfa import RECENT_SECONDS
from tests.support.account import Account, next_code
from tests.support.handlers import PASSWORD
from tests.support.sessions import started

NEW_PASSWORD = "another long password of mine"


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
        assert account.claims["amr"] == ["otp"]
        assert account.call("make_recovery_codes").body["code"] == "step_up_required"
        assert account.call("remove_factor", factor_id="totp").body["code"] == "step_up_required"

        begun = account.call("step_up")
        assert (begun.status, [one["id"] for one in begun.body["factors"]]) == (202, ["totp"])
        proof = {"challenge_id": begun.body["challenge_id"], "factor_id": "totp", "code": next_code(app)}
        claims = account.hold(account.call("step_up", proof))

        assert claims["amr"] == ["otp", "mfa"]
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

        refreshed = account.hold(account.handlers.call("refresh", {"refresh_token": tokens.body["refresh_token"]}))

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
        assert strong.subjects()[-1] == "Your second factors"
        strong.call("make_recovery_codes")
        strong.call("remove_factor", factor_id="totp")

        assert strong.subjects()[-3:] == ["Your second factors"] * 3

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
        profile = strong.handlers.module("signin").SERVICES.directory.profile(strong.user.id)
        assert profile is not None
        assert profile.second_factors == 1

    def test_what_was_never_confirmed_is_removed_without_a_second_factor(self, account: Account, phone: str) -> None:
        account.prove_mailbox()
        account.enrol_phone("authy", phone)

        assert account.call("remove_factor", factor_id="authy").status == 204
        assert account.factors() == []

    def test_enrolments_that_nobody_finished_take_no_room(self, account: Account) -> None:
        account.prove_mailbox()

        statuses = [account.call("enrol_factor_passkey").status for _ in range(12)]

        assert statuses == [201] * 12
        account.add_totp()

    def test_the_last_factor_stays_where_everybody_needs_one(
        self, strong: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        module = strong.handlers.module("remove_factor")
        monkeypatch.setattr(module.SERVICES, "requires_mfa", True)

        answer = strong.call("remove_factor", factor_id="totp")

        assert (answer.status, answer.body["code"]) == (409, "factor_needed")

    def test_asking_after_a_push_is_no_try(self, account: Account, phone: str) -> None:
        account.prove_mailbox()
        account.enrol_phone("authy", phone)
        account.call("send_factor_code", {"channel": "push"}, "authy")

        waiting = [account.call("confirm_factor", {}, "authy").status for _ in range(8)]
        account.providers.answer_push(phone, "approved")

        assert waiting == [202] * 8
        assert account.call("confirm_factor", {}, "authy").status == 200

    @pytest.mark.parametrize("factor_id", ["x" * 2000, "TOTP", "to#tp", "a b", "é" * 10])
    def test_what_is_no_name_of_a_factor_is_not_there(self, account: Account, factor_id: str) -> None:
        account.prove_mailbox()

        for name, body in (("confirm_factor", {"code": "123456"}), ("send_factor_code", {"channel": "sms"})):
            assert account.call(name, body, factor_id).status == 404
        for name in ("remove_factor", "show_factor", "factor_qr"):
            assert account.call(name, factor_id=factor_id).status == 404

    def test_a_factor_that_somebody_else_has_is_not_there(self, strong: Account) -> None:
        other = Account(strong.handlers.user(), strong.providers)
        other.prove_mailbox()

        for name in ("show_factor", "factor_qr"):
            assert other.call(name, factor_id="totp").status == 404
        assert other.call("remove_factor", factor_id="totp", amr="pwd mfa").status == 404

    def test_kinds_that_the_stack_does_not_offer_are_not_there(
        self, account: Account, monkeypatch: pytest.MonkeyPatch, phone: str
    ) -> None:
        """Without credentials Authy is absent, and everything else is as it was."""
        account.prove_mailbox()
        module = account.handlers.module("enrol_factor")
        offered = {name: one for name, one in module.SERVICES.factor_types.items() if name != "authy"}
        monkeypatch.setattr(module.SERVICES, "factor_types", offered)

        answer = account.enrol_phone("authy", phone)

        assert (answer.status, answer.body) == (
            404,
            {"message": "This stack does not offer the factor authy.", "code": "no_such_factor"},
        )
        assert account.call("enrol_factor_totp").status == 201


class TestPolicy:
    """A stack on which everybody needs a second factor."""

    @pytest.fixture(autouse=True)
    def required(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("signin", "verify_factor"):
            module = account.handlers.module(name)
            monkeypatch.setattr(module.SERVICES, "requires_mfa", True)

    def test_whoever_has_none_signs_in_only_to_add_one(self, account: Account) -> None:
        answer = account.password()

        assert answer.status == 202
        assert answer.body["enrol_required"] is True
        assert "refresh_token" not in answer.body
        claims = account.hold(replace(answer, status=200))
        assert (claims["scope"], claims["exp"] - claims["iat"]) == ("enrol", 600)
        app = account.add_totp()
        assert (
            account.hold(account.verify(account.challenge(), "totp", next_code(app)))["scope"].split()[-1] == "account"
        )

    def test_sessions_of_before_are_not_refreshed(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        """Users who signed in before the stack required a second factor must sign in again."""
        directory = account.handlers.module("refresh").SERVICES.directory
        weak, strong = (started(account.user.id, amr) for amr in (("pwd",), ("pwd", "otp", "mfa")))
        for one in (weak, strong):
            directory.start_session(one.session)
        monkeypatch.setattr(account.handlers.module("refresh").SERVICES, "requires_mfa", True)

        statuses = [
            account.handlers.call("refresh", {"refresh_token": one.refresh_token}).status for one in (weak, strong)
        ]

        assert statuses == [401, 200]

    def test_the_password_does_not_keep_such_a_session_fresh(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        directory = account.handlers.module("refresh").SERVICES.directory
        weak = started(account.user.id).session
        directory.start_session(weak)
        account.claims = {"sub": account.user.id, "sid": weak.id, "auth_time": int(time.time()), "amr": ["pwd"]}
        module = account.handlers.module("step_up")
        monkeypatch.setattr(module.SERVICES, "requires_mfa", True)

        assert account.call("step_up", {"password": PASSWORD}).status == 401

    def test_a_mailed_code_leads_no_further(self, account: Account) -> None:
        challenge_id = account.handlers.call("signin_code", {"email": account.user.address}).body["challenge_id"]

        answer = account.verify(challenge_id, "email", account.mailed_code())

        assert (answer.status, answer.body["enrol_required"]) == (202, True)
        assert "refresh_token" not in answer.body
