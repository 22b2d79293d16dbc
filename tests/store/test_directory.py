"""handlers.store, by way of the handlers: DynamoDB, KMS and Secrets Manager of the embedded AWS."""

import secrets
import time
from dataclasses import replace

import pytest
from argon2 import PasswordHasher

from handlers.core.accounts import passwords
from handlers.core.accounts.jobs import Job, JobKind
from handlers.core.accounts.users import AcceptedPassword
from handlers.core.limits.places import KnownPlaces
from handlers.core.mfa import challenges
from handlers.core.ports import Undecryptable
from handlers.errors import NoSuchUser
from handlers.store.accounts import DynamoAccounts
from handlers.store.ciphers import KmsPasswordCipher
from handlers.store.directory import DynamoDirectory
from sallyport.client.stack import inbox
from tests.support.aws_calls import seen_by
from tests.support.handlers import PASSWORD, Handlers, new_address
from tests.support.sessions import started


def test_before_confirmation_there_is_no_user_and_no_owner(handlers: Handlers) -> None:
    address = new_address()
    before = handlers.keys()

    handlers.sign_up(address)

    added = handlers.keys() - before
    assert {key.split("#")[0] for key, _ in added} == {"limit", "challenge"}


def test_confirmation_writes_owner_user_and_credential_and_closes_the_challenge(handlers: Handlers) -> None:
    before = handlers.keys()

    user = handlers.user()

    added = {(key, sort) for key, sort in handlers.keys() - before if not key.startswith("limit#")}
    assert added == {
        (f"address#{user.address}", "owner"),
        (f"user#{user.id}", "profile"),
        (f"credential#{user.id}", "password"),
        (f"places#{user.id}", "known"),
    }


def test_addresses_are_owned_whatever_their_case(handlers: Handlers) -> None:
    user = handlers.user()

    answer = handlers.call("signin", {"email": user.address.upper(), "password": PASSWORD})
    handlers.call("signup", {"email": user.address.upper(), "password": PASSWORD})

    mails = [message for message in inbox.messages(handlers.stack.cloud.url) if message.to == user.address]
    assert answer.status == 200
    assert [mail.subject for mail in mails] == ["Your code", "You have an account already"]


def test_a_code_works_once(handlers: Handlers) -> None:
    challenge_id, code = handlers.sign_up()
    body = {"challenge_id": challenge_id, "code": code}

    assert handlers.call("confirm_signup", body).status == 201
    assert handlers.call("confirm_signup", body).body["code"] == "invalid_code"


def test_a_challenge_takes_five_tries(handlers: Handlers) -> None:
    challenge_id, code = handlers.sign_up()
    wrong = "00000000" if code != "00000000" else "11111111"
    for _ in range(5):
        assert handlers.call("confirm_signup", {"challenge_id": challenge_id, "code": wrong}).status == 400

    answer = handlers.call("confirm_signup", {"challenge_id": challenge_id, "code": code})

    assert answer.body["code"] == "invalid_code"


def test_an_expired_challenge_is_refused(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    challenge_id, code = handlers.sign_up()
    present = time.time()
    monkeypatch.setattr(time, "time", lambda: present + 601)

    answer = handlers.call("confirm_signup", {"challenge_id": challenge_id, "code": code})

    assert answer.body["code"] == "invalid_code"


def test_the_second_of_two_sign_ups_of_one_address_learns_it_with_the_code_in_hand(handlers: Handlers) -> None:
    address = new_address()
    first, second = handlers.sign_up(address), handlers.sign_up(address)
    bodies = [{"challenge_id": challenge_id, "code": code} for challenge_id, code in (first, second)]

    answers = [handlers.call("confirm_signup", body) for body in bodies]

    assert [answer.status for answer in answers] == [201, 400]
    assert answers[1].body == {"message": "User already exists", "code": "user_exists"}


def test_the_password_cannot_be_read_without_the_key_or_for_another_user(handlers: Handlers) -> None:
    user, other = handlers.user(), handlers.user()
    cipher = KmsPasswordCipher(handlers.environment["KEY_ARN"])
    encrypted = next(item for item in handlers.items() if item["pk"]["S"] == f"credential#{user.id}")["password"]["B"]

    assert b"argon2" not in encrypted
    assert cipher.decrypt(encrypted, user.id).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    with pytest.raises(Undecryptable):
        cipher.decrypt(encrypted, other.id)


def test_an_outdated_hash_is_upgraded_by_signing_in(handlers: Handlers) -> None:
    user = handlers.user()
    cipher = KmsPasswordCipher(handlers.environment["KEY_ARN"])
    old = cipher.encrypt(PasswordHasher(time_cost=1, memory_cost=8 * 1024).hash(PASSWORD), user.id)
    handlers.stack.aws("dynamodb").update_item(
        TableName=handlers.environment["TABLE_NAME"],
        Key={"pk": {"S": f"credential#{user.id}"}, "sk": {"S": "password"}},
        UpdateExpression="SET password = :old",
        ExpressionAttributeValues={":old": {"B": old}},
    )

    user.sign_in()

    item = next(item for item in handlers.items() if item["pk"]["S"] == f"credential#{user.id}")
    assert not passwords.is_outdated(cipher.decrypt(item["password"]["B"], user.id))
    user.sign_in()


def test_a_write_that_the_sdk_repeats_is_no_fault(handlers: Handlers) -> None:
    """The first answer was lost, and the condition meets the item that the call itself has written."""
    directory = handlers.module("signin").SERVICES.directory
    user = handlers.user()
    session = started(user.id).session
    opened = challenges.open_sign_up(new_address(), "u" * 32, b"encrypted", int(time.time()), secrets.token_bytes)
    _, credential = directory.account_and_credential(user.id)
    known = KnownPlaces(user.id, {"a": 1})

    for _ in range(2):
        directory.start_session(session)
        directory.start_session(session, known)
        directory.open_challenge(opened.challenge)
        directory.start_session(session, known, AcceptedPassword(credential, b"upgraded"))
        directory.accept_password(AcceptedPassword(credential, b"upgraded", ("password:nobody",)))

    assert directory.live_session(user.id, session.id) is not None


def test_a_disabled_user_is_out_at_once(handlers: Handlers) -> None:
    user = handlers.user()
    tokens = user.sign_in()
    assert handlers.module("authorizer").DIRECTORY.live_session(user.id, _session_of(tokens)) is not None

    user.disable()

    assert handlers.module("authorizer").DIRECTORY.live_session(user.id, _session_of(tokens)) is None
    assert handlers.call("refresh", {"refresh_token": tokens["refresh_token"]}).status == 401


def test_deleting_twice_at_once_takes_nothing_from_whoever_signs_up_next(handlers: Handlers) -> None:
    """The first deletion was slow; meanwhile the second was done, and the address found another owner."""
    first, address = handlers.user(), new_address()
    second = handlers.user(address)
    directory = DynamoDirectory(handlers.environment["TABLE_NAME"])

    accounts = DynamoAccounts(handlers.environment["TABLE_NAME"])
    begun = accounts.begin_deletion(first.id, None)
    assert begun is not None

    with pytest.raises(NoSuchUser):
        accounts.erase_user(replace(begun, email=address), 0, Job(JobKind.APPLICATIONS, first.id, 0, 0))

    assert second.sign_in()
    assert directory.owner_of(address) == second.id


def test_reuse_of_a_spent_token_ends_the_session(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = handlers.user().sign_in()
    second = handlers.call("refresh", {"refresh_token": tokens["refresh_token"]}).body
    present = time.time()
    monkeypatch.setattr(time, "time", lambda: present + 11)

    reused = handlers.call("refresh", {"refresh_token": tokens["refresh_token"]})
    live = handlers.call("refresh", {"refresh_token": second["refresh_token"]})

    assert [reused.body["code"], live.body["code"]] == ["invalid_grant", "invalid_grant"]


def test_no_secret_is_fetched_when_warm(handlers: Handlers) -> None:
    user = handlers.user()
    user.sign_in()
    calls: list[str] = []

    with seen_by(lambda operation, _: calls.append(operation)):
        for _ in range(3):
            user.sign_in()

    assert calls
    assert "GetSecretValue" not in calls


def _session_of(tokens: dict[str, str]) -> str:
    return tokens["refresh_token"].split(".")[1]


def test_where_addresses_are_not_confirmed_the_user_exists_at_once(
    handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = handlers.module("signup").SERVICES
    monkeypatch.setattr(services, "confirms_email", False)
    monkeypatch.setattr(services, "mailer", None)
    body = {"email": new_address(), "password": PASSWORD}

    created, again = handlers.call("signup", body), handlers.call("signup", body)

    assert created.status == 201
    assert set(created.body["user"]) == {"id"}
    assert (again.status, again.body["message"]) == (400, "User already exists")
    assert handlers.call("signin", body).status == 200
