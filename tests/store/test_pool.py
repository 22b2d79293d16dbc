"""handlers.store.pool: the users of the pool of the embedded AWS."""

import secrets
from typing import Any

import pytest

from handlers.store.aws import AwsError, own_client
from handlers.store.pool import CognitoPool
from sallyport.client.stack.local_stack import LocalStack
from tests.proofs.test_migration import code_at_the_page
from tests.support.handlers import PASSWORD, Handlers, new_address


class Users:
    """The users of the pool, as an administrator sees them."""

    def __init__(self, stack: LocalStack) -> None:
        self.pool_id = str(stack.state.outputs["user_pool_id"])
        self._cognito = stack.aws("cognito-idp")

    def add(self, address: str) -> None:
        attributes = [{"Name": "email", "Value": address}, {"Name": "email_verified", "Value": "true"}]
        self._cognito.admin_create_user(
            UserPoolId=self.pool_id,
            Username=address,
            UserAttributes=attributes,
            TemporaryPassword=PASSWORD,
            MessageAction="SUPPRESS",
        )
        self._cognito.admin_set_user_password(
            UserPoolId=self.pool_id, Username=address, Password=PASSWORD, Permanent=True
        )

    def found(self, address: str) -> list[Any]:
        users: list[Any] = self._cognito.list_users(UserPoolId=self.pool_id, Filter=f'email = "{address}"')["Users"]
        return users


@pytest.fixture
def users(stack: LocalStack, handlers: Handlers) -> Users:
    return Users(stack)


@pytest.fixture
def pool(users: Users) -> CognitoPool:
    return CognitoPool(users.pool_id)


def test_an_address_is_changed(users: Users, pool: CognitoPool) -> None:
    old, new = new_address(), new_address()
    users.add(old)

    for _ in range(2):
        pool.change_address(old, new)

    assert (len(users.found(old)), len(users.found(new))) == (0, 1)


def test_an_address_that_has_a_user_stays_that_users(
    users: Users, pool: CognitoPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = new_address(), new_address()
    users.add(old)
    users.add(new)
    refuse_aliases(pool, monkeypatch)

    pool.change_address(old, new)

    assert (len(users.found(old)), len(users.found(new))) == (0, 1)


def refuse_aliases(pool: CognitoPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cognito refuses an address that another user has; the embedded AWS does not."""
    call = own_client.OwnClient.call

    def refuse(self: own_client.OwnClient, operation: str, **request: Any) -> Any:
        if operation == "AdminUpdateUserAttributes":
            raise AwsError("AliasExistsException")
        return call(self, operation, **request)

    monkeypatch.setattr(own_client.OwnClient, "call", refuse)


def test_access_ends_with_the_password_of_before(users: Users, pool: CognitoPool, stack: LocalStack) -> None:
    address = new_address()
    users.add(address)
    assert code_at_the_page(stack.state.outputs, address, PASSWORD)

    pool.end_access(address)

    assert code_at_the_page(stack.state.outputs, address, PASSWORD) is None


def test_users_who_are_not_there_are_no_error(pool: CognitoPool) -> None:
    """Nor are addresses that are too long for a user name: they have no user."""
    for address in (new_address(), f"{'a' * 60}@{'b' * 60}.{'c' * 60}.example.com"):
        pool.change_address(address, new_address())
        pool.end_access(address)
        pool.delete(address)


def test_names_that_are_too_long_are_not_sent(pool: CognitoPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cognito answers InvalidParameterException, for ever."""
    monkeypatch.setattr("handlers.store.pool.client", lambda _: pytest.fail("a call to Cognito"))

    pool.delete(f"{secrets.token_hex(64)}@example.com")
