"""The first second factor needs a mailed code: no thief of a password and no squatter of an address adds it."""

from dataclasses import replace

import pytest

from contract import scopes
from tests.support.account import Account, next_code
from tests.support.handlers import Answer, Handlers
from tests.support.limits import from_place, limit, new_source

HANDLERS = {
    "totp": {},
    "passkey": {},
    "verify": {"phone": "+5511980000001"},
    "authy": {"email": "ada@example.com", "phone": "11980000001", "ccode": "55"},
}
RENEWED = "seven quiet herons wade home"


def is_refused(answer: Answer) -> bool:
    wanted = 'Bearer error="insufficient_user_authentication", acr_values="mailbox"'
    return (answer.status, answer.body["code"], answer.headers["www-authenticate"]) == (401, "step_up_required", wanted)


@pytest.mark.parametrize("kind", HANDLERS)
def test_the_password_alone_adds_no_first_factor(account: Account, kind: str) -> None:
    account.sign_in()
    before = account.handlers.keys()

    assert is_refused(account.call(f"enrol_factor_{kind}", HANDLERS[kind]))

    assert account.handlers.keys() == before


def test_a_mailed_code_adds_it(account: Account) -> None:
    account.sign_in()
    account.prove_mailbox()
    assert (account.claims["amr"], account.claims["acr"]) == (["otp"], "mailbox")

    app = account.add_totp()
    account.sign_in_strongly(app)

    assert account.claims["acr"] == "mfa"


def test_who_signed_in_by_mailed_code_has_shown_it_already(account: Account) -> None:
    begun = account.handlers.call("signin_code", {"email": account.user.address}).body
    account.hold(account.verify(begun["challenge_id"], "email", account.mailed_code()))

    assert account.call("enrol_factor_totp").status == 201


def test_the_code_is_of_its_session_and_its_purpose(account: Account) -> None:
    """Neither another session nor another route takes it."""
    account.sign_in()
    begun = account.call("step_up").body
    proof = {"challenge_id": begun["challenge_id"], "factor_id": "email", "code": account.mailed_code()}
    other = Account(account.handlers.user(), account.providers)

    assert [(one["id"], one["kind"]) for one in begun["factors"]] == [("email", "email")]
    assert other.call("step_up", proof).status == 401
    assert account.handlers.call("verify_factor", proof).status == 401
    assert account.handlers.call("reset_password", {**proof, "password": RENEWED}).status == 401
    account.claims = {}
    assert account.call("step_up", proof).status == 401, "a newer session of the same user is another session"


def test_a_mailed_code_is_no_second_factor(account: Account) -> None:
    """Where there is one, stepping up asks for it; a challenge of before it was added is worth nothing any more."""
    account.sign_in()
    begun = account.call("step_up").body
    code = account.mailed_code()
    stolen = dict(account.claims)
    app = account.add_totp()
    account.sign_in_strongly(app)

    assert [one["kind"] for one in account.call("step_up").body["factors"]] == ["totp"]
    proof = {"challenge_id": begun["challenge_id"], "factor_id": "email", "code": code}
    assert account.call("step_up", proof).status == 401
    account.claims = stolen
    assert account.call("step_up", proof).status == 401


def test_a_squatter_cannot_lock_the_owner_of_the_mailbox_out(handlers: Handlers, account: Account) -> None:
    """Somebody guessed the code of a sign-up with an address that is not theirs; its owner comes later."""
    squatter = account
    tokens = squatter.user.sign_in()
    squatter.sign_in()
    assert is_refused(squatter.call("enrol_factor_totp"))

    begun = handlers.call("forgot_password", {"email": squatter.user.address}).body
    body = {"challenge_id": begun["challenge_id"], "code": squatter.mailed_code(), "password": RENEWED}
    assert handlers.call("reset_password", body).status == 204

    owner = replace(squatter.user, password=RENEWED)
    assert owner.sign_in()
    assert squatter.password().status == 401
    assert handlers.call("refresh", {"refresh_token": tokens["refresh_token"]}).status == 401


def test_where_everybody_needs_a_factor_a_stolen_password_adds_none(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("signin", "verify_factor", "step_up"):
        module = account.handlers.module(name)
        monkeypatch.setattr(module.SERVICES, "requires_mfa", True)
    answer = account.password()
    assert (answer.status, answer.body["enrol_required"]) == (202, True)
    account.hold(Answer(200, {}, answer.text))
    assert account.claims["scope"] == scopes.ENROL

    assert is_refused(account.call("enrol_factor_totp"))
    account.prove_mailbox()
    assert account.claims["scope"] == scopes.ENROL

    app = account.add_totp()
    challenge_id = account.challenge()
    assert account.verify(challenge_id, "totp", next_code(app)).status == 200


def test_the_first_try_of_a_sign_up_code_is_always_free(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Further tries share a limit of the whole stage; when it is full, nobody can close sign-up for the others."""
    limit(handlers, monkeypatch, later_sign_up_tries_per_day=0)
    guessed, honest = handlers.sign_up(), handlers.sign_up()
    wrong = {"challenge_id": guessed[0], "code": "00000000"}
    statuses = [
        handlers.call("confirm_signup", body, **from_place(new_source())).status
        for body in (wrong, {"challenge_id": guessed[0], "code": guessed[1]})
    ]

    assert statuses == [400, 400], "the right code too, at the second try"
    assert handlers.call("confirm_signup", {"challenge_id": honest[0], "code": honest[1]}).status == 201


def test_a_typo_in_a_sign_up_code_may_be_mended(handlers: Handlers) -> None:
    challenge_id, code = handlers.sign_up()
    wrong = "00000000" if code != "00000000" else "11111111"

    assert handlers.call("confirm_signup", {"challenge_id": challenge_id, "code": wrong}).status == 400
    assert handlers.call("confirm_signup", {"challenge_id": challenge_id, "code": code}).status == 201
