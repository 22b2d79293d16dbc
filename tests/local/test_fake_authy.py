"""The fake of Authy, as Authy's own package finds it: its texts are the provider's, and so is what it takes."""

import re

import pytest
from authy.api import AuthyApiClient

from sallyport.client.stack.local_stack import LocalStack
from sallyport.local import fakes
from tests.support.account import new_phone
from tests.support.fake_providers import Providers


@pytest.fixture
def authy(stack: LocalStack) -> AuthyApiClient:
    return AuthyApiClient(fakes.AUTHY_KEY, f"{stack.cloud.url}{fakes.AUTHY}")


def written(phone: str) -> list[str]:
    """A Brazilian phone as people write it, without its calling code."""
    area, first, last = phone[3:5], phone[5:10], phone[10:]
    return [f"({area}) {first}-{last}", f"{area}-{first}-{last}", f"{area} {first} {last}", f"{area}{first}{last}"]


def test_a_user_is_the_same_however_the_phone_is_written(authy: AuthyApiClient) -> None:
    created = [authy.users.create("ada@example.com", one, 55) for one in written(new_phone())]
    us = authy.users.create("ada@example.com", "202-555-0158", 1)

    assert all(user.ok() for user in (*created, us))
    assert len({user.id for user in created}) == 1
    assert not authy.users.create("ada@example.com", "no digits", 55).ok()


def test_a_phone_is_verified_however_it_is_written(authy: AuthyApiClient, providers: Providers) -> None:
    phone = new_phone()
    first, *others = written(phone)

    started = authy.phones.verification_start(first, 55, via="sms")
    checked = authy.phones.verification_check(others[0], 55, providers.code(phone))

    assert started.content["message"] == f"Text message sent to +55 {phone[3:6]}-{phone[6:9]}-{phone[9:]}."
    assert checked.ok()


def test_texts_are_the_providers(authy: AuthyApiClient) -> None:
    called = authy.phones.verification_start("305-456-2345", 1, via="call")
    info = authy.phones.info("(305) 456 2345", 1)

    assert called.content["message"] == "Call to +1 305-456-2345 initiated."
    assert re.fullmatch(r"Phone number information as of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", info.content["message"])
