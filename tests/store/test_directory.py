"""handlers.store, by way of the handlers: DynamoDB, KMS and Secrets Manager of the embedded AWS."""

import secrets
import time

import pytest
from argon2 import PasswordHasher

from client import inbox
from handlers.core import challenges, passwords, sessions
from handlers.core.places import KnownPlaces
from handlers.errors import NoSuchUser
from handlers.store.directory import DynamoDirectory
from handlers.store.vault import KmsVault
from tests.door import PASSWORD, Door, new_address


def test_before_confirmation_there_is_no_user_and_no_owner(door: Door) -> None:
    address = new_address()
    before = door.keys()

    door.sign_up(address)

    added = door.keys() - before
    assert {key.split("#")[0] for key, _ in added} == {"limit", "challenge"}


def test_confirmation_writes_owner_user_and_credential_and_closes_the_challenge(door: Door) -> None:
    before = door.keys()

    user = door.user()

    added = {(key, sort) for key, sort in door.keys() - before if not key.startswith("limit#")}
    assert added == {
        (f"address#{user.address}", "owner"),
        (f"user#{user.id}", "profile"),
        (f"credential#{user.id}", "password"),
        (f"places#{user.id}", "known"),
    }


def test_addresses_are_owned_whatever_their_case(door: Door) -> None:
    user = door.user()

    answer = door.call("signin", {"email": user.address.upper(), "password": PASSWORD})
    door.call("signup", {"email": user.address.upper(), "password": PASSWORD})

    mails = [message for message in inbox.messages(door.stack.cloud.url) if message.to == user.address]
    assert answer.status == 200
    assert [mail.subject for mail in mails] == ["Your code", "You have an account already"]


def test_a_code_works_once(door: Door) -> None:
    challenge_id, code = door.sign_up()
    body = {"challenge_id": challenge_id, "code": code}

    assert door.call("confirm_signup", body).status == 201
    assert door.call("confirm_signup", body).body["code"] == "invalid_code"


def test_a_challenge_takes_five_tries(door: Door) -> None:
    challenge_id, code = door.sign_up()
    wrong = "00000000" if code != "00000000" else "11111111"
    for _ in range(5):
        assert door.call("confirm_signup", {"challenge_id": challenge_id, "code": wrong}).status == 400

    answer = door.call("confirm_signup", {"challenge_id": challenge_id, "code": code})

    assert answer.body["code"] == "invalid_code"


def test_an_expired_challenge_is_refused(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    challenge_id, code = door.sign_up()
    present = time.time()
    monkeypatch.setattr(time, "time", lambda: present + 601)

    answer = door.call("confirm_signup", {"challenge_id": challenge_id, "code": code})

    assert answer.body["code"] == "invalid_code"


def test_the_second_of_two_sign_ups_of_one_address_learns_it_with_the_code_in_hand(door: Door) -> None:
    address = new_address()
    first, second = door.sign_up(address), door.sign_up(address)
    bodies = [{"challenge_id": challenge_id, "code": code} for challenge_id, code in (first, second)]

    answers = [door.call("confirm_signup", body) for body in bodies]

    assert [answer.status for answer in answers] == [201, 400]
    assert answers[1].body == {"message": "User already exists", "code": "user_exists"}


def test_the_password_cannot_be_read_without_the_key_or_for_another_user(door: Door) -> None:
    user, other = door.user(), door.user()
    vault = KmsVault(door.environment["KEY_ARN"])
    sealed = next(item for item in door.items() if item["pk"]["S"] == f"credential#{user.id}")["password"]["B"]

    assert b"argon2" not in sealed
    assert vault.unseal(sealed, user.id).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    with pytest.raises(Exception, match=r"InvalidCiphertext|EncryptionContext"):
        vault.unseal(sealed, other.id)


def test_an_outdated_hash_is_upgraded_by_signing_in(door: Door) -> None:
    user = door.user()
    vault = KmsVault(door.environment["KEY_ARN"])
    old = vault.seal(PasswordHasher(time_cost=1, memory_cost=8 * 1024).hash(PASSWORD), user.id)
    door.stack.aws("dynamodb").update_item(
        TableName=door.environment["TABLE_NAME"],
        Key={"pk": {"S": f"credential#{user.id}"}, "sk": {"S": "password"}},
        UpdateExpression="SET password = :old",
        ExpressionAttributeValues={":old": {"B": old}},
    )

    user.sign_in()

    item = next(item for item in door.items() if item["pk"]["S"] == f"credential#{user.id}")
    assert not passwords.is_outdated(vault.unseal(item["password"]["B"], user.id))
    user.sign_in()


def test_a_write_that_the_sdk_repeats_is_no_fault(door: Door) -> None:
    """Its answer got lost, and the condition meets what it has written itself."""
    directory = door.module("signin").DOOR.directory
    user = door.user()
    session = sessions.start(user.id, ("pwd",), int(time.time()), secrets.token_bytes).session
    opened = challenges.open_sign_up(new_address(), "u" * 32, b"sealed", int(time.time()), secrets.token_bytes)
    _, credential = directory.account_and_credential(user.id)
    known = KnownPlaces(user.id, {"a": 1})

    for _ in range(2):
        directory.start_session(session)
        directory.start_session(session, known)
        directory.open_challenge(opened.stored)
        directory.forgive(credential, b"upgraded", ["password:nobody"])

    assert directory.live_session(user.id, session.id) is not None


def test_a_disabled_user_is_out_at_once(door: Door) -> None:
    user = door.user()
    tokens = user.sign_in()
    assert door.module("gate").DIRECTORY.live_session(user.id, _session_of(tokens)) is not None

    user.disable()

    assert door.module("gate").DIRECTORY.live_session(user.id, _session_of(tokens)) is None
    assert door.call("refresh", {"refresh_token": tokens["refresh_token"]}).status == 401


def test_deleting_twice_at_once_takes_nothing_from_whoever_signs_up_next(door: Door) -> None:
    """The first deletion was slow; meanwhile the second was done, and the address found another owner."""
    first, address = door.user(), new_address()
    second = door.user(address)
    directory = DynamoDirectory(door.environment["TABLE_NAME"])

    with pytest.raises(NoSuchUser):
        directory.delete_user(first.id, address)

    assert second.sign_in()
    assert directory.owner_of(address) == second.id


def test_reuse_of_a_spent_token_ends_the_session(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = door.user().sign_in()
    second = door.call("refresh", {"refresh_token": tokens["refresh_token"]}).body
    present = time.time()
    monkeypatch.setattr(time, "time", lambda: present + 11)

    reused = door.call("refresh", {"refresh_token": tokens["refresh_token"]})
    live = door.call("refresh", {"refresh_token": second["refresh_token"]})

    assert [reused.body["code"], live.body["code"]] == ["invalid_grant", "invalid_grant"]


def test_no_secret_is_fetched_when_warm(door: Door) -> None:
    user = door.user()
    user.sign_in()
    calls: list[str] = []
    client = door.module("store.aws").client("secretsmanager")
    client.meta.events.register("before-call", lambda model, **_: calls.append(model.name), unique_id="count")

    for _ in range(3):
        user.sign_in()

    client.meta.events.unregister("before-call", unique_id="count")
    assert calls == []


def _session_of(tokens: dict[str, str]) -> str:
    return tokens["refresh_token"].split(".")[1]


def test_where_addresses_are_not_confirmed_the_user_exists_at_once(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door.module("signup"), "POST", None)
    body = {"email": new_address(), "password": PASSWORD}

    created, again = door.call("signup", body), door.call("signup", body)

    assert created.status == 201
    assert set(created.body["user"]) == {"id"}
    assert (again.status, again.body["message"]) == (400, "User already exists")
    assert door.call("signin", body).status == 200
