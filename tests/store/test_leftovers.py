"""handlers.store.leftovers: what is mended, and what is left alone; the second time there is nothing."""

import secrets
from typing import Any

import pytest

from contract.events import Reconciled
from handlers.core.accounts import reconciliation
from tests.support.handlers import Handlers


@pytest.fixture
def services(handlers: Handlers) -> Any:
    return handlers.module("reconcile").SERVICES


def put(handlers: Handlers, **attributes: str) -> None:
    item = {name: {"S": value} for name, value in attributes.items()}
    handlers.stack.aws("dynamodb").put_item(TableName=handlers.environment["TABLE_NAME"], Item=item)


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


def test_an_address_whose_user_came_meanwhile_is_left_alone(handlers: Handlers, services: Any) -> None:
    user = handlers.user()
    leftover = reconciliation.Leftover(reconciliation.Fault.NO_OWNER, user.id, (f"address#{user.address}", "owner"))

    assert services.accounts.mend(leftover) is False
    assert user.sign_in()
