"""Epochs: a reset, a first factor or an operator ends all earlier sessions and challenges."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pyotp
import pytest

from tests.support.account import Account, next_code
from tests.support.handlers import PASSWORD, Answer
from tests.support.operators import manage_here

NEW_PASSWORD = "another long password of mine"


class TestReset:
    """A forgotten password never skips the second factor."""

    def begin(self, account: Account) -> dict[str, str]:
        answer = account.handlers.call("forgot_password", {"email": account.user.address})
        return {
            "challenge_id": answer.body["challenge_id"],
            "code": account.mailed_code(),
            "password": NEW_PASSWORD,
        }

    def test_a_mailed_code_sets_a_new_password_and_ends_all_sessions(self, account: Account) -> None:
        tokens = account.user.sign_in()

        answer = account.handlers.call("reset_password", self.begin(account))

        assert answer.status == 204
        assert account.password().status == 401
        assert replace(account.user, password=NEW_PASSWORD).sign_in()
        assert account.handlers.call("refresh", {"refresh_token": tokens["refresh_token"]}).status == 401
        assert account.subjects()[-1] == "Your password was changed"

    def test_the_second_factor_is_asked_for(self, account: Account) -> None:
        app = account.add_totp()
        body = self.begin(account)

        first = account.handlers.call("reset_password", body)
        assert (first.status, [one["id"] for one in first.body["factors"]]) == (202, ["totp"])
        assert account.password().status == 202  # the old one is still right
        wrong = account.handlers.call("reset_password", {**body, "factor_id": "totp", "code": "000000"})
        assert wrong.status == 401
        second = account.handlers.call("reset_password", {**body, "factor_id": "totp", "code": next_code(app)})

        assert second.status == 204
        assert account.password().status == 401

    def test_a_wrong_recovery_code_changes_nothing_and_says_nothing(self, account: Account) -> None:
        """The notice goes out after the change, and only then."""
        account.add_totp()
        codes = account.call("make_recovery_codes", amr="pwd mfa").body["codes"]
        body = {**self.begin(account), "factor_id": "recovery"}
        account.handlers.call("reset_password", {name: body[name] for name in ("challenge_id", "code", "password")})

        wrong = account.handlers.call("reset_password", {**body, "code": "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA"})

        assert wrong.status == 401
        assert "Your password was changed" not in account.subjects()
        assert account.handlers.call("reset_password", {**body, "code": codes[0]}).status == 204
        assert "Your password was changed" in account.subjects()

    def test_a_weak_password_changes_nothing_and_uses_nothing_up(self, account: Account) -> None:
        body = self.begin(account)

        weak = account.handlers.call("reset_password", {**body, "password": "short"})

        assert (weak.status, weak.body["code"]) == (400, "weak_password")
        assert account.handlers.call("reset_password", body).status == 204

    def test_the_code_works_once(self, account: Account) -> None:
        body = self.begin(account)

        statuses = [account.handlers.call("reset_password", body).status for _ in range(2)]

        assert statuses == [204, 401]


class TestEpochs:
    """A reset, disabling, and an operator end everything of before, at once."""

    def test_a_half_passed_challenge_does_not_outlive_a_reset(self, account: Account) -> None:
        """An attacker has given the old password, and gets a code later."""
        app = account.add_totp()
        begun = account.challenge()
        account.handlers.module("signin").SERVICES.directory.end_all_sessions(account.user.id)

        assert account.verify(begun, "totp", next_code(app)).status == 401
        assert account.verify(account.challenge(), "totp", next_code(app)).status == 200

    def test_a_mailed_code_does_not_outlive_a_reset(self, account: Account) -> None:
        challenge_id = account.handlers.call("signin_code", {"email": account.user.address}).body["challenge_id"]
        code = account.mailed_code()
        account.handlers.module("signin").SERVICES.directory.end_all_sessions(account.user.id)

        assert account.verify(challenge_id, "email", code).status == 401

    def test_sessions_end_with_the_password_though_nobody_clears_them_away(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tokens = account.user.sign_in()
        directory = account.handlers.module("reset_password").SERVICES.directory
        monkeypatch.setattr(directory, "clear_sessions", lambda *_: (_ for _ in ()).throw(ConnectionError()))
        begun = account.handlers.call("forgot_password", {"email": account.user.address}).body["challenge_id"]
        body = {"challenge_id": begun, "code": account.mailed_code(), "password": NEW_PASSWORD}

        assert account.handlers.call("reset_password", body).status == 500
        assert replace(account.user, password=NEW_PASSWORD).sign_in()
        assert account.handlers.call("refresh", {"refresh_token": tokens["refresh_token"]}).status == 401

    def test_a_session_that_is_over_changes_no_factors(self, account: Account) -> None:
        """The authorizer may have cached the session for a minute."""
        account.prove_mailbox()
        account.call("enrol_factor_totp")
        account.handlers.module("signin").SERVICES.directory.end_all_sessions(account.user.id)

        for name in ("enrol_factor_totp", "confirm_factor", "make_recovery_codes", "remove_factor"):
            answer = account.call(name, {"code": "123456"} if name == "confirm_factor" else None, "totp")
            assert (answer.status, answer.body["code"]) == (401, "invalid_grant")

    def test_a_factor_is_not_confirmed_across_a_reset(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        """A confirmation during the owner's reset of the password comes too late."""
        account.prove_mailbox()
        app = pyotp.TOTP(account.call("enrol_factor_totp").body["secret"])
        services = account.handlers.module("confirm_factor").SERVICES
        confirm = services.factors.confirm

        def reset_meanwhile(*change: Any) -> None:
            services.directory.end_all_sessions(account.user.id)
            confirm(*change)

        monkeypatch.setattr(services.factors, "confirm", reset_meanwhile)

        assert account.call("confirm_factor", {"code": app.now()}, "totp").status == 401
        assert account.password().status == 200

    def test_of_two_resets_the_second_comes_too_late(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        begun = account.handlers.call("forgot_password", {"email": account.user.address}).body["challenge_id"]
        body = {"challenge_id": begun, "code": account.mailed_code(), "password": NEW_PASSWORD}
        module = account.handlers.module("reset_password")
        reset = module.SERVICES.challenges.reset

        def after_another(*change: Any) -> None:
            module.SERVICES.directory.end_all_sessions(account.user.id)
            reset(*change)

        monkeypatch.setattr(module.SERVICES.challenges, "reset", after_another)

        assert account.handlers.call("reset_password", body).status == 401
        assert account.password().status == 200

    def test_sessions_from_before_the_factor_are_not_refreshed(self, account: Account) -> None:
        """The sessions stay invalid after the factor is removed: a new phone must not bring a thief back."""
        thief = account.user.sign_in()["refresh_token"]
        account.add_totp()
        assert account.handlers.call("refresh", {"refresh_token": thief}).status == 401

        assert account.call("remove_factor", factor_id="totp", amr="pwd mfa").status == 204

        assert account.handlers.call("refresh", {"refresh_token": thief}).status == 401
        assert account.password().status == 200

    def test_the_session_that_adds_the_first_factor_goes_on(self, account: Account) -> None:
        """The session steps up with the factor, and is refreshed from then on."""
        tokens = account.user.sign_in()
        account.hold(Answer(200, {}, json.dumps(tokens)))
        account.prove_mailbox()
        app = account.add_totp()
        begun = account.call("step_up").body["challenge_id"]
        proof = {"challenge_id": begun, "factor_id": "totp", "code": next_code(app)}

        assert account.hold(account.call("step_up", proof))["amr"] == ["otp", "mfa"]

        assert account.handlers.call("refresh", {"refresh_token": tokens["refresh_token"]}).status == 200

    def test_a_removal_that_was_begun_before_a_reset_comes_too_late(
        self, strong: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The removal waited for a provider meanwhile."""
        services = strong.handlers.module("remove_factor").SERVICES
        ends = lambda _: services.directory.end_all_sessions(strong.user.id)  # noqa: E731
        monkeypatch.setattr(services.factor_types["totp"], "remove", ends)

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
        module = account.handlers.module("manage_users")
        nobody = SimpleNamespace(notify=lambda *_: False)
        monkeypatch.setattr(module.SERVICES, "mailer", nobody)

        answer = manage_here(account.handlers, {"action": "remove_factors", "email": account.user.address})

        assert answer["code"] == "not_told"
        assert account.password().status == 200
