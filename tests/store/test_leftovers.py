"""handlers.store.leftovers: what is mended, and what is left alone; the second time there is nothing."""

import secrets
import time
from typing import Any

import pytest

from contract.events import Reconciled
from handlers.core.accounts import reconciliation
from handlers.errors import ProviderFailed
from tests.support.account import Account, new_phone
from tests.support.fake_providers import Providers
from tests.support.handlers import Handlers


@pytest.fixture
def services(handlers: Handlers) -> Any:
    return handlers.module("reconcile").SERVICES


def put(handlers: Handlers, **attributes: str) -> None:
    item = {name: {"S": value} for name, value in attributes.items()}
    handlers.stack.aws("dynamodb").put_item(TableName=handlers.environment["TABLE_NAME"], Item=item)


def delete(handlers: Handlers, pk: str, sk: str) -> None:
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    handlers.stack.aws("dynamodb").delete_item(TableName=handlers.environment["TABLE_NAME"], Key=key)


def test_leftovers_are_mended_once_and_whole_users_are_left_alone(
    handlers: Handlers, services: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, gone = handlers.user(), secrets.token_hex(16)
    tokens = user.sign_in()
    reconciliation.run(services)  # what other tests have left
    before = handlers.keys()
    put(handlers, pk=f"address#{gone}@example.com", sk="owner", user_id=gone)
    put(handlers, pk=f"credential#{gone}", sk="password", password="x")
    put(handlers, pk=f"links#{gone}", sk="hash", about="x")
    key = {"pk": {"S": f"user#{user.id}"}, "sk": {"S": "profile"}}
    handlers.stack.aws("dynamodb").update_item(
        TableName=handlers.environment["TABLE_NAME"], Key=key, UpdateExpression="REMOVE initial"
    )
    emitted: list[Any] = []
    monkeypatch.setattr(services.events, "emit", lambda event, *_: emitted.append(event), raising=False)

    mended = [dict(reconciliation.run(services)) for _ in range(2)]

    assert mended == [{"address_without_user": 1, "item_without_user": 2, "user_not_listed": 1}, {}]
    assert Reconciled("item_without_user", 2) in emitted
    assert handlers.keys() == before
    assert user.address in [one.email for one in services.accounts.list_users(user.address[0], user.address, "", 1)]
    assert handlers.call("refresh", {"refresh_token": tokens["refresh_token"]}).status == 200


def test_authy_forgets_users_without_a_factor_unless_another_account_has_them(
    handlers: Handlers, services: Any, providers: Providers
) -> None:
    """An enrolment that was given up, and a user who is gone from the directory."""
    phones = [new_phone() for _ in range(3)]
    abandoned, kept, gone = (Account(handlers.user(), providers) for _ in phones)
    abandoned.add_phone("authy", phones[0])
    kept.add_phone("authy", phones[1])
    gone.add_phone("authy", phones[1])
    other = Account(handlers.user(), providers)
    other.add_phone("authy", phones[2])
    reconciliation.run(services)  # what other tests have left
    for account in (abandoned, gone):
        delete(handlers, f"factors#{account.user.id}", "factor#authy")
    delete(handlers, f"user#{other.user.id}", "profile")

    mended = [dict(reconciliation.run(services)) for _ in range(2)]

    assert mended[0]["authy_user_without_factor"] == 3
    assert mended[1] == {}
    assert [phone in [user["phone"] for user in providers.users()] for phone in phones] == [False, True, False]
    kept.challenge()


def test_authy_forgets_a_phone_whose_enrolment_was_abandoned_a_day_ago(
    handlers: Handlers, services: Any, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, account = new_phone(), Account(handlers.user(), providers)
    account.prove_mailbox()
    assert account.enrol_phone("authy", phone).status in (200, 201)
    reconciliation.run(services)
    assert providers.user(phone), "it may still be confirmed"
    later = time.time() + 86_401

    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: later)
        mended = [dict(reconciliation.run(services)) for _ in range(2)]

    assert mended[0]["authy_user_without_factor"] >= 1
    assert mended[1] == {}
    assert phone not in [user["phone"] for user in providers.users()]


def test_an_outage_of_authy_leaves_its_users_for_a_later_run_and_mends_the_rest(
    handlers: Handlers, services: Any, providers: Providers
) -> None:
    phone, account, left = new_phone(), Account(handlers.user(), providers), secrets.token_hex(16)
    account.add_phone("authy", phone)
    reconciliation.run(services)
    delete(handlers, f"factors#{account.user.id}", "factor#authy")
    put(handlers, pk=f"links#{left}", sk="hash", about="x")

    with providers.fault("500", "authy"), pytest.raises(ProviderFailed):
        reconciliation.run(services)

    assert (f"links#{left}", "hash") not in handlers.keys()  # noqa: SIM118 a method
    assert providers.user(phone)
    assert reconciliation.run(services) == {"authy_user_without_factor": 1}


def test_an_address_whose_user_came_meanwhile_is_left_alone(handlers: Handlers, services: Any) -> None:
    user = handlers.user()
    leftover = reconciliation.Leftover(reconciliation.Fault.NO_OWNER, user.id, (f"address#{user.address}", "owner"))

    assert services.accounts.mend(leftover) is False
    assert user.sign_in()
