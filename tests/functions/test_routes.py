"""Every route of the directory and of orders once through its handler: the answers are those of the contract."""

from contract.routes import ROUTES
from handlers.core.accounts import links
from handlers.core.accounts.links import LinkPurpose
from tests.functions.conftest import ADDRESS, PASSWORD, Api

NEW_ADDRESS = "countess@example.com"
NEW_PASSWORD = "another long password of mine"
ORDER = {"restaurant_id": "trattoria", "quantity": 2}
OF_PROVIDERS = {"signin_passkey", "enrol_factor_passkey", "enrol_factor_authy", "enrol_factor_verify"}
"""Routes of factor types that need a provider or a browser, which have tests of their own."""


def test_a_user_goes_through_every_route(api: Api) -> None:
    sign_up_and_in(api)
    use_the_account(api)
    use_mfa(api)
    use_orders(api)
    reset_and_sign_out(api)
    read_the_metadata(api)

    assert {route.name for route in ROUTES} - api.called == OF_PROVIDERS | {"openapi"}


def sign_up_and_in(api: Api) -> None:
    api.sign_up()
    answer = api.sign_in()
    assert answer.status == 200
    assert answer.cookies[0].startswith("__Host-device=")
    api.hold(answer)


def use_the_account(api: Api) -> None:
    assert api.call("me").body["message"] == f"Hello, {ADDRESS}!"
    refreshed = api.call("refresh", {"refresh_token": api.refresh_token})
    assert refreshed.status == 200
    api.hold(refreshed)
    use_the_profile_and_sessions(api)
    assert api.call("available_factors").body == {"kinds": ["totp", "email", "recovery"], "second_factor": "optional"}


def use_the_profile_and_sessions(api: Api) -> None:
    assert api.call("change_profile", {"name": "Ada", "picture": "https://example.com/ada.png"}).body["name"] == "Ada"
    assert "name" not in api.call("change_profile", {"name": None}).body
    (session,) = api.call("list_sessions").body["sessions"]
    assert session["current"]
    assert api.at("end_sessions", "0" * 32).status == 204
    assert api.at("end_sessions", "x").status == 400
    assert api.call("end_sessions_all", queryStringParameters={"others": "maybe"}).status == 400
    assert api.call("end_sessions_all", queryStringParameters={"others": "true"}).status == 204
    assert api.call("undo_page").headers["content-type"].startswith("text/html")


def change_the_account(api: Api) -> None:
    """Change password and address, export, take the change of the address back, delete."""
    body = {"password": PASSWORD, "current_password": NEW_PASSWORD}
    assert api.call("change_password", {"password": PASSWORD, "current_password": "wrong"}).status == 401
    assert api.call("change_password", body).status == 204
    begun = api.call("change_email", {"email": NEW_ADDRESS})
    assert begun.status == 202
    proof = {"challenge_id": begun.body["challenge_id"], "code": api.services.mails.code(NEW_ADDRESS)}
    assert api.call("confirm_email", {**proof, "code": "00000000"}).status == 400
    assert api.call("confirm_email", proof).status == 204
    export = api.call("export_account").body
    assert (export["user"]["email"], [one["about"] for one in export["links"]]) == (NEW_ADDRESS, [ADDRESS])
    (job,) = api.services.data.jobs.values()
    token, _ = links.make(api.services.pepper(), job.user_id, LinkPurpose.ADDRESS, ADDRESS, job.since)
    assert api.call("undo", {"token": token}).status == 204
    assert api.call("undo", {"token": token[:-1] + "AB"[token.endswith("A")]}).status == 400
    api.hold(api.sign_in())
    assert api.call("delete_account").body["sign_in_cancels"] is True
    api.hold(api.sign_in())


def use_mfa(api: Api) -> None:
    assert api.call("enrol_factor_totp").body["code"] == "step_up_required"
    api.prove_mailbox()
    app = api.add_totp()
    assert [one["id"] for one in api.call("list_factors").body["factors"]] == ["totp"]
    assert api.at("show_factor", "totp").status == 200
    assert api.at("send_factor_code", "totp", {"channel": "sms"}).body["code"] == "step_up_required"

    required = api.sign_in()
    assert required.status == 202
    chosen = {"challenge_id": required.body["challenge_id"], "factor_id": "totp"}
    assert api.call("start_factor", chosen).status == 202
    api.services.clock += 30
    signed_in = api.call("verify_factor", {**chosen, "code": app.at(api.services.clock)})
    assert signed_in.status == 200
    api.hold(signed_in)

    assert api.at("send_factor_code", "totp", {"channel": "sms"}).body["code"] == "factor_exists"
    assert len(api.call("make_recovery_codes").body["codes"]) == 10
    assert api.at("factor_qr", "totp").status == 404
    assert api.call("signin_code", {"email": ADDRESS}).status == 202
    assert api.at("remove_factor", "totp").status == 204


def use_orders(api: Api) -> None:
    placed = api.call("create_order", ORDER)
    assert placed.status == 201
    later = api.call("create_order", ORDER, headers={"prefer": "respond-async"})
    assert (later.status, later.body["status"]) == (202, "PENDING")
    assert len(api.call("list_orders").body["orders"]) == 2
    order_id = placed.body["id"]
    assert api.at("show_order", order_id).body == placed.body
    assert api.at("change_order", order_id, {**ORDER, "quantity": 200}).body["status"] == "FAILURE"
    assert api.at("cancel_order", order_id).status == 204
    assert api.at("cancel_order", order_id).status == 404


def reset_and_sign_out(api: Api) -> None:
    begun = api.call("forgot_password", {"email": ADDRESS}).body
    body = {"challenge_id": begun["challenge_id"], "password": NEW_PASSWORD, "code": api.services.mails.code(ADDRESS)}
    assert api.call("reset_password", body).status == 204
    api.hold(api.call("signin", {"email": ADDRESS, "password": NEW_PASSWORD}))
    assert api.call("signin", {"email": ADDRESS, "password": PASSWORD}).status == 401
    change_the_account(api)
    assert api.call("signout").status == 204
    assert api.call("refresh", {"refresh_token": api.refresh_token}).status == 401


def read_the_metadata(api: Api) -> None:
    api.services.directory.publish_keys({"keys": []})
    assert api.call("jwks").body == {"keys": []}
    assert api.call("hello").body == {"message": "hello world"}
    for name in ("discovery", "discovery_rfc8414"):
        assert api.call(name).body["issuer"] == "https://api.example.com"


def test_a_stack_that_requires_mfa_answers_with_a_token_to_enrol(api: Api) -> None:
    api.sign_up()
    api.services.requires_mfa = True

    answer = api.sign_in()

    assert answer.status == 202
    assert set(answer.body) == {"enrol_required", "access_token", "token_type", "expires_in"}


def test_a_stack_without_mail_creates_users_at_once(api: Api) -> None:
    api.services.confirms_email, api.services.mailer = False, None

    assert api.call("signup", {"email": ADDRESS, "password": PASSWORD}).status == 201
    assert api.call("forgot_password", {"email": ADDRESS}).body["code"] == "no_such_factor"


def test_a_fault_is_a_bare_500(api: Api) -> None:
    api.services.data.passwords.clear()

    answer = api.call("signin", {"email": ADDRESS, "password": PASSWORD})
    assert answer.status == 401, "a user without a password is no user"
    api.services.data.passwords["decoy"] = b"not what was encrypted"

    answer = api.call("signin", {"email": ADDRESS, "password": PASSWORD})
    assert (answer.status, answer.body["code"]) == (500, "internal_error")
