"""The migration function: the example on the embedded AWS, asked by the deployed sign-in and by handlers in here."""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from handlers.core.ports import Migration
from handlers.store.migration import MOST_BYTES, LambdaMigration
from sallyport.client.stack.local_settings import local_settings
from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.clients import Clients
from sallyport.local.tools import ROOT
from tests.proofs.test_races import at_once, codes
from tests.stack.conftest import record
from tests.support.function_code import zipped
from tests.support.handlers import Handlers, new_address

EXAMPLE = (ROOT / "examples/migration/old_users.py").read_text()
ROUNDS = 600_000
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
FUNCTION = "aws:lambda/function:Function"
WITH_FACTOR = """def handler(event, context):
    return {"email_verified": True, "totp": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}"""
OLD_PASSWORD = "the password of before"


@dataclass(frozen=True)
class OldSystem:
    """Another system: a table of users, and functions that a migration may ask."""

    aws: Clients
    table: str
    role_arn: str

    def add(self, address: str, **more: Any) -> None:
        salt = secrets.token_bytes(16)
        derived = hashlib.pbkdf2_hmac("sha256", OLD_PASSWORD.encode(), salt, ROUNDS)
        item = {
            "email": {"S": address}, "salt": {"B": salt}, "hash": {"B": derived},
            "verified": {"BOOL": True}, "name": {"S": "Ada"}, **more,
        }  # fmt: skip
        self.aws("dynamodb").put_item(TableName=self.table, Item=item)

    def deploy(self, source: str) -> str:
        """Deploy a function; return its ARN."""
        made = self.aws("lambda").create_function(
            FunctionName=f"old-users-{secrets.token_hex(4)}",
            Runtime="python3.13",
            Handler="old_users.handler",
            Role=self.role_arn,
            Code={"ZipFile": zipped("old_users.py", source)},
            Timeout=3,
            Environment={"Variables": {"OLD_USERS_TABLE": self.table}},
        )
        arn: str = made["FunctionArn"]
        return arn


@pytest.fixture(scope="module")
def old_system(aws: Clients) -> OldSystem:
    name = f"old-users-{secrets.token_hex(4)}"
    made = aws("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "email", "AttributeType": "S"}],
    )
    role = aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    statement = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": made["TableDescription"]["TableArn"]}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws("iam").put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=document)
    return OldSystem(aws, name, role["Arn"])


@pytest.fixture(scope="module")
def example(old_system: OldSystem) -> str:
    return old_system.deploy(EXAMPLE)


@pytest.fixture
def asks(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> Callable[[str | Migration], None]:
    """Have the sign-in of this process ask a function: its ARN, or one in here."""

    def ask(function: str | Migration) -> None:
        migration = LambdaMigration(function) if isinstance(function, str) else function
        for name in ("signin", "migrate_user"):
            monkeypatch.setitem(handlers.module(name).SERVICES.__dict__, "migration", migration)

    return ask


def sign_in(handlers: Handlers, address: str, password: str = OLD_PASSWORD) -> int:
    return handlers.call("signin", {"email": address, "password": password}).status


def test_the_example_brings_its_users(
    handlers: Handlers, old_system: OldSystem, example: str, asks: Callable[[str | Migration], None], monkeypatch: Any
) -> None:
    address, unverified = new_address(), new_address()
    old_system.add(address)
    old_system.add(unverified, verified={"BOOL": False})
    asks(example)

    assert sign_in(handlers, address, "wrong") == 401
    assert sign_in(handlers, new_address()) == 401
    assert sign_in(handlers, unverified) == 401
    answer = handlers.call("signin", {"email": address.upper(), "password": OLD_PASSWORD})
    assert answer.status == 200

    monkeypatch.undo()
    assert sign_in(handlers, address) == 200, "without the function from now on"
    owner = handlers.module("signin").SERVICES.directory.owner_of(address)
    assert handlers.module("signin").SERVICES.directory.profile(owner).details.name == "Ada"


def test_the_pools_page_asks_too(
    handlers: Handlers, old_system: OldSystem, example: str, asks: Callable[[str | Migration], None]
) -> None:
    address = new_address()
    old_system.add(address)
    asks(example)
    event = {
        "triggerSource": "UserMigration_Authentication",
        "userName": address,
        "request": {"password": OLD_PASSWORD},
    }

    assert handlers.module("migrate_user").handler(event, None)["response"]["userAttributes"]["email"] == address


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("def handler(event, context): raise ValueError(str(event))", "the function has failed"),
        ("def handler(event, context): return 'x' * 20000", "the answer is too long"),
        ("def handler(event, context): return {'email_verified': event['password']}", "not as it should be"),
        ("import time\ndef handler(event, context): time.sleep(4)", "the function was not invoked"),
        (None, "ResourceNotFoundException"),
    ],
)
def test_an_outage_refuses_and_tells_operators_why_without_the_password(
    handlers: Handlers,
    old_system: OldSystem,
    asks: Callable[[str | Migration], None],
    capsys: pytest.CaptureFixture[str],
    source: str | None,
    problem: str,
) -> None:
    address = new_address()
    asks(old_system.deploy(source) if source else "arn:aws:lambda:us-east-1:000000000000:function:missing")

    assert sign_in(handlers, address) == 401
    said = capsys.readouterr().out
    assert problem in said
    assert OLD_PASSWORD not in said
    assert address not in said
    assert MOST_BYTES < 20_000


class KnowsEverybody:
    """A function that answers at once: the racers meet at the writes, and no racer waits for an instance."""

    def ask(self, address: str, password: str) -> bytes:
        return b'{"email_verified": true}'


def test_fifty_first_sign_ins_make_one_user(handlers: Handlers, asks: Callable[[str | Migration], None]) -> None:
    address = new_address()
    asks(KnowsEverybody())

    answers = at_once(lambda _: handlers.call("signin", {"email": address, "password": OLD_PASSWORD}))

    assert set(codes(answers)) <= {200, "try_again", "invalid_credentials"}
    assert codes(answers)[200] > 0
    directory = handlers.module("signin").SERVICES.directory
    owner = directory.owner_of(address)
    assert directory.profile(owner) is not None
    assert sign_in(handlers, address) == 200
    assert {item["pk"]["S"] for item in handlers.items() if item.get("email", {}).get("S") == address} == {
        f"user#{owner}"
    }


@pytest.fixture
def deployed(stack: LocalStack, old_system: OldSystem) -> Iterator["Deployed"]:
    """The deployed sign-in with the statements and the variable that `migrationFunction` adds."""
    with_migration = Deployed(stack, old_system.deploy(WITH_FACTOR))
    with_migration.allow(with_migration.added)
    yield with_migration
    with_migration.restore()


class Deployed:
    """The function `signin` of the deployed stack, changed as a deployment with `migrationFunction` would."""

    def __init__(self, stack: LocalStack, function_arn: str) -> None:
        self._stack = stack
        entries = stack.state.entries.values()
        self._name = next(one.id for one in entries if (one.type, one.name) == (FUNCTION, "signin-function"))
        policy = next(one.id for one in entries if one.name == "signin-policy")
        self._role, self._policy = policy.split(":")
        self._before = self._iam.get_role_policy(RoleName=self._role, PolicyName=self._policy)["PolicyDocument"]
        self._variables = self._configuration["Environment"]["Variables"]
        self.added = self._statements(function_arn)
        self._function_arn = function_arn

    def allow(self, statements: list[Any]) -> None:
        document = {**self._before, "Statement": [*self._before["Statement"], *statements]}
        self._put(document, {**self._variables, "MIGRATION_FUNCTION": self._function_arn})

    def restore(self) -> None:
        self._put(self._before, self._variables)

    @property
    def _iam(self) -> Any:
        return self._stack.aws("iam")

    @property
    def _configuration(self) -> Any:
        return self._stack.aws("lambda").get_function_configuration(FunctionName=self._name)

    def _put(self, document: Any, variables: dict[str, str]) -> None:
        self._iam.put_role_policy(RoleName=self._role, PolicyName=self._policy, PolicyDocument=json.dumps(document))
        self._stack.aws("lambda").update_function_configuration(
            FunctionName=self._name, Environment={"Variables": variables}
        )

    def _statements(self, function_arn: str) -> list[Any]:
        """Return the statements of a stack with the function that one without it lacks, for the deployed resources."""
        known = {statement["Sid"]: statement for statement in self._before["Statement"]}
        local = record("local", **local_settings("http://127.0.0.1:4566"), migrationFunction=function_arn)
        declared = json.loads(local.named("signin-policy").inputs["policy"])["Statement"]
        names = {one["Resource"]: known[one["Sid"]]["Resource"] for one in declared if one["Sid"] in known}
        added = [one for one in declared if one["Sid"] not in known]
        return [{**one, "Resource": names.get(one["Resource"], one["Resource"])} for one in added]


def test_the_deployed_sign_in_needs_every_statement_and_no_other(deployed: Deployed, stack: LocalStack) -> None:
    assert [statement["Sid"] for statement in deployed.added] == [
        "AskMigration",
        "MigrateUser",
        "CheckNotDeleted",
        "EncryptFactors",
    ]

    def is_asked_for_the_factor() -> bool:
        with httpx.Client(base_url=str(stack.state.outputs["api_url"]), timeout=60) as api:
            return api.post("/signin", json={"email": new_address(), "password": OLD_PASSWORD}).status_code == 202

    assert is_asked_for_the_factor()
    for missing in deployed.added:
        deployed.allow([one for one in deployed.added if one is not missing])
        assert not is_asked_for_the_factor(), missing["Sid"]
