"""Users of the directory come to the pool by its user-migration trigger.

The events are those of the Amazon Cognito Developer Guide, "Migrate user Lambda trigger".
"""

import json
import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sallyport.client.stack.local_stack import LocalStack
from tests.support.account import Account
from tests.support.handlers import PASSWORD, Handlers, User, new_address
from tests.support.limits import in_a_row, set_counter


@pytest.fixture
def ada(handlers: Handlers) -> User:
    return handlers.user()


def event(address: str, password: str = PASSWORD, source: str = "UserMigration_Authentication") -> dict[str, Any]:
    return {
        "version": "1",
        "triggerSource": source,
        "region": "us-east-1",
        "userPoolId": "us-east-1_EXAMPLE",
        "userName": address,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "example"},
        "request": {"password": password, "validationData": None, "clientMetadata": None},
        "response": {
            "userAttributes": None,
            "forceAliasCreation": None,
            "enableSMSMFA": None,
            "finalUserStatus": None,
            "messageAction": None,
            "desiredDeliveryMediums": None,
        },
    }


def test_the_right_password_is_vouched_for(handlers: Handlers, ada: User) -> None:
    answer = handlers.module("migrate_user").handler(event(ada.address.upper()), None)

    assert answer["response"] == {
        "userAttributes": {"email": ada.address, "email_verified": "true"},
        "finalUserStatus": "CONFIRMED",
        "messageAction": "SUPPRESS",
    }
    assert answer["userName"] == ada.address.upper()


def refused(handlers: Handlers, given: dict[str, Any]) -> str:
    with pytest.raises(Exception, match=r"\.$") as refusal:
        handlers.module("migrate_user").handler(given, None)
    return str(refusal.value)


def test_wrong_passwords_unknown_and_disabled_users_are_refused_alike(handlers: Handlers, ada: User) -> None:
    disabled = handlers.user()
    disabled.disable()

    said = {
        refused(handlers, event(ada.address, "not the password")),
        refused(handlers, event(new_address())),
        refused(handlers, event("not an address")),
        refused(handlers, event(disabled.address)),
    }

    assert said == {"The address or the password is wrong."}


def test_a_second_factor_is_not_skipped(handlers: Handlers, account: Account) -> None:
    account.add_totp()

    assert "has a second factor" in refused(handlers, event(account.user.address))
    assert "The address or the password" in refused(handlers, event(account.user.address, "wrong"))


def test_a_forgotten_password_is_no_way_in(handlers: Handlers, ada: User) -> None:
    """Nor does it tell who has an account: everybody is unknown."""
    for address in (ada.address, new_address()):
        asked = event(address, source="UserMigration_ForgotPassword")

        assert handlers.module("migrate_user").handler(asked, None)["response"]["userAttributes"] is None


@pytest.mark.parametrize("broken", [{}, {"triggerSource": "UserMigration_Authentication"}, {"triggerSource": None}])
def test_what_is_no_event_is_refused(handlers: Handlers, broken: dict[str, Any]) -> None:
    assert refused(handlers, broken)


def test_the_last_wrong_password_at_the_pool_locks_the_directory_too(handlers: Handlers, ada: User) -> None:
    """One counter for both."""
    set_counter(handlers, in_a_row(handlers, ada.address), 99)
    refused(handlers, event(ada.address, "wrong"))

    assert handlers.call("signin", {"email": ada.address, "password": PASSWORD}).status == 401


def test_nothing_of_it_is_logged(handlers: Handlers, ada: User, capsys: pytest.CaptureFixture[str]) -> None:
    handlers.module("migrate_user").handler(event(ada.address), None)
    refused(handlers, event(ada.address, "hunter2 hunter2"))

    said = capsys.readouterr().out
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["status"] for line in lines if "status" in line] == [200, 401]
    assert ada.address not in said
    assert PASSWORD not in said
    assert "hunter2" not in said


def test_at_the_hosted_page_the_deployed_trigger_lets_them_in_and_remembers_them(
    handlers: Handlers, ada: User, stack: LocalStack
) -> None:
    cognito, outputs = stack.aws("cognito-idp"), stack.state.outputs

    assert code_at_the_page(outputs, ada.address, "not the password") is None
    assert _users(cognito, outputs, ada.address) == []
    assert code_at_the_page(outputs, ada.address, PASSWORD)
    (user,) = _users(cognito, outputs, ada.address)
    assert user["UserStatus"] == "CONFIRMED"
    assert code_at_the_page(outputs, ada.address, PASSWORD)
    assert len(_users(cognito, outputs, ada.address)) == 1


def code_at_the_page(outputs: dict[str, Any], address: str, password: str) -> str | None:
    """Return the page's code for this password."""
    form = {
        "client_id": outputs["terminal_client_id"],
        "redirect_uri": "http://localhost:8083/callback",
        "scope": "openid",
        "state": secrets.token_urlsafe(),
        "response_type": "code",
        "username": address,
        "password": password,
    }
    answer = httpx.post(f"{outputs['hosted_ui_url']}/login", data=form, timeout=60)
    codes: list[str] = parse_qs(urlsplit(answer.headers.get("location", "")).query).get("code", [])
    return codes[0] if codes else None


def _users(cognito: Any, outputs: dict[str, Any], address: str) -> list[Any]:
    found: list[Any] = cognito.list_users(UserPoolId=outputs["user_pool_id"], Filter=f'email = "{address}"')["Users"]
    return found
