"""handlers.core.accounts.migration, by the sign-in that asks."""

import json
from typing import Any

import pytest

from contract.events import AuthenticationRefused, MigrationFailed, UserCreated
from contract.limits import SignInLimits
from handlers.core.accounts import deletion
from handlers.core.limits.places import Place
from handlers.core.mfa.verification import MfaRequired
from handlers.core.sessions import sign_in
from handlers.core.sessions.issue import SignedIn
from handlers.core.sessions.sign_in import SignInOutcome
from handlers.errors import InvalidCredentials
from tests.support.in_memory import MemoryServices, OtherSystem

ADDRESS, PASSWORD = "ada@example.com", "hunter2"
PLACE = Place("192.0.2.1", "d" * 43)
UNANSWERED = "the function has failed"


@pytest.fixture
def elsewhere() -> OtherSystem:
    return OtherSystem()


@pytest.fixture
def services(elsewhere: OtherSystem) -> MemoryServices:
    return MemoryServices(migration=elsewhere)


def knows(elsewhere: OtherSystem, **user: Any) -> None:
    elsewhere.users[ADDRESS] = (PASSWORD, json.dumps({"email_verified": True, **user}).encode())


def signed_in(services: MemoryServices, password: str = PASSWORD, address: str = ADDRESS) -> SignInOutcome | None:
    try:
        return sign_in.sign_in(services, address, password, PLACE)
    except InvalidCredentials:
        return None


def test_a_user_of_the_other_system_signs_in_and_is_asked_for_once(
    services: MemoryServices, elsewhere: OtherSystem
) -> None:
    knows(elsewhere, id="a" * 32, name="Ada", created_at=1_500_000_000)

    assert isinstance(signed_in(services, address="Ada@Example.com"), SignedIn)
    assert isinstance(signed_in(services), SignedIn)

    assert elsewhere.asked == [ADDRESS]
    profile = services.data.profiles["a" * 32]
    assert (profile.email, profile.details.name, profile.created_at) == (ADDRESS, "Ada", 1_500_000_000)
    assert (UserCreated("migration"), "a" * 32) in services.events.emitted


def test_the_second_factor_comes_along(services: MemoryServices, elsewhere: OtherSystem) -> None:
    knows(elsewhere, totp="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")

    assert isinstance(signed_in(services), MfaRequired)


def test_the_other_system_gets_the_password_as_it_was_typed(services: MemoryServices, elsewhere: OtherSystem) -> None:
    """Its hash may be of the decomposed form, which is composed here (NFC)."""
    elsewhere.users[ADDRESS] = ("e\u0301" * 8, b'{"email_verified": true}')

    assert signed_in(services, "e\u0301" * 8)
    assert signed_in(services, "\u00e9" * 8)


def test_every_refusal_asks_once(services: MemoryServices, elsewhere: OtherSystem) -> None:
    services.add_user("known@example.com", "the right one")
    services.add_user("disabled@example.com", "the right one", disabled=True)
    for address, password in (
        ("known@example.com", "wrong"),
        ("disabled@example.com", "the right one"),
        ("unknown@example.com", "wrong"),
        ("unknown@example.com", "\0"),
    ):
        before = len(elsewhere.asked)
        assert signed_in(services, password, address) is None
        assert len(elsewhere.asked) == before + 1

    assert {one for one in elsewhere.asked if one.endswith("@example.com")} == {"unknown@example.com"}
    assert elsewhere.asked.count("unknown@example.com") == 1, "and never with a password that cannot be typed"


def test_an_accepted_password_asks_nobody(services: MemoryServices, elsewhere: OtherSystem) -> None:
    services.add_user(ADDRESS, PASSWORD)

    assert signed_in(services)
    assert elsewhere.asked == []


def test_the_limits_hold_for_the_other_system_too(services: MemoryServices, elsewhere: OtherSystem) -> None:
    services.sign_in_limits = SignInLimits(wrong_passwords_per_source_per_day=3)
    knows(elsewhere)
    for _ in range(3):
        assert signed_in(services, "wrong") is None

    assert signed_in(services) is None
    assert elsewhere.asked == [ADDRESS] * 3


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"email_verified": False}, "the address is not verified"),
        ({}, "object missing required field `email_verified`"),
        ({"email_verified": "yes"}, "`email_verified` is not as it should be"),
        ({"email_verified": True, "roles": ["emperor"]}, "the stack has no role emperor"),
        ({"email_verified": True, "admin": True}, "object contains unknown field `admin`"),
        ({"email_verified": True, "totp": "JBSWY3DP"}, "`totp` is not as it should be"),
        ([], "it is not an object"),
    ],
)
def test_an_answer_that_cannot_be_used_refuses_and_is_an_event(
    services: MemoryServices, elsewhere: OtherSystem, answer: Any, problem: str
) -> None:
    elsewhere.users[ADDRESS] = (PASSWORD, json.dumps(answer).encode())

    assert signed_in(services) is None
    assert services.events.emitted == [
        (MigrationFailed(problem), None),
        (AuthenticationRefused("password", "unknown_address"), None),
    ]
    assert services.data.owners == {}


@pytest.mark.parametrize("answer", [b"", b"{", b"\xff", b'{"attributes": ' + b'{"a": ' * 5000])
def test_an_answer_that_is_not_json_refuses(services: MemoryServices, elsewhere: OtherSystem, answer: bytes) -> None:
    elsewhere.users[ADDRESS] = (PASSWORD, answer)

    assert signed_in(services) is None
    assert services.events.emitted[0] == (MigrationFailed("the answer is not JSON"), None)


@pytest.mark.parametrize("address", [ADDRESS, "known@example.com"])
def test_a_function_that_fails_refuses_known_and_unknown_alike(
    services: MemoryServices, elsewhere: OtherSystem, address: str
) -> None:
    services.add_user("known@example.com", "the right one")
    elsewhere.failure = UNANSWERED

    assert signed_in(services, address=address) is None
    assert services.events.emitted[0] == (MigrationFailed(UNANSWERED), None)
    assert len(elsewhere.asked) == 1
    assert signed_in(services, "the right one", "known@example.com")


def test_a_sign_up_that_came_first_keeps_its_password(services: MemoryServices, elsewhere: OtherSystem) -> None:
    """The address got an owner while the other system was asked."""
    knows(elsewhere)

    def sign_up_meanwhile(address: str, password: str) -> bytes:
        services.add_user(ADDRESS, "the newer one")
        return elsewhere.users[ADDRESS][1]

    elsewhere.ask = sign_up_meanwhile  # type: ignore[method-assign]

    assert signed_in(services) is None
    assert signed_in(services, "the newer one")


def test_a_user_who_was_deleted_here_does_not_come_back(services: MemoryServices, elsewhere: OtherSystem) -> None:
    knows(elsewhere, id="a" * 32)
    assert signed_in(services)
    user_id = services.directory.owner_of(ADDRESS)
    assert user_id
    profile = services.accounts.begin_deletion(user_id, None)
    assert profile
    deletion.erase(services, profile)

    assert signed_in(services) is None
    assert services.directory.owner_of(ADDRESS) is None


def test_an_id_that_is_taken_migrates_nobody(services: MemoryServices, elsewhere: OtherSystem) -> None:
    known = services.add_user("known@example.com", PASSWORD)
    knows(elsewhere, id=known.user_id)

    assert signed_in(services) is None
    assert services.directory.owner_of(ADDRESS) is None
