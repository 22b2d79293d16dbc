"""Which rights there are, one use of each function, and how a right is taken away for a while."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from client import rotation
from client.errors import Failure
from client.stack import LocalStack
from contract.limits import SignInLimits
from contract.second_gate import ACCOUNT_FACTORS, SECOND_GATE
from handlers.store.vault import KmsVault
from local import fakes
from local.state import Entry
from tests.account import Account
from tests.door import PASSWORD, Door, User, new_address, start_cold
from tests.limits import in_a_row, set_counter
from tests.proofs.gate_probes import GateProbes, mails_to
from tests.providers import Providers
from tests.stack.conftest import record

ORDER = {"restaurant_id": "trattoria", "quantity": 2}
PATIENCE_SECONDS, WAIT_SECONDS = 30, 4
"""For what is to happen on a slow machine too, and for what is not to happen."""
FUNCTION = "aws:lambda/function:Function"
POLICY = "aws:iam/rolePolicy:RolePolicy"
PASSKEYS = {"passkeyRpId": "localhost", "passkeyOrigins": '["http://localhost:4566"]'}
ONLY_ON_AWS = {
    "logs": "the embedded AWS writes log lines itself; on AWS Lambda writes them as the role",
    "table-key": "the embedded AWS keeps tables in the clear; on AWS DynamoDB decrypts the table key as the caller",
    "pepper-key": "the same of the secret with the pepper",
    "keyset-key": "the embedded AWS keeps secrets in the clear; on AWS Secrets Manager uses the key as the caller",
    "authy-key": "the same of the secret with Authy's credentials",
    "verify-key": "the same of the secret with Verify's credentials",
    "read-stream": "the embedded AWS reads streams itself; on AWS Lambda reads them as the role",
    "read-queue": "the embedded AWS reads queues itself; on AWS Lambda reads them as the role",
}


def statements() -> list[tuple[str, str]]:
    """(function, what it may do) of every policy that the program declares."""
    local = record("local", **fakes.configuration("http://127.0.0.1:4566"), **PASSKEYS)
    names = [policy.name for policy in local.of("iam.RolePolicy")]
    functions = sorted(
        (function.name.removesuffix("-function") for function in local.of("lambda.Function")),
        key=len,
        reverse=True,
    )
    owners = [next(function for function in functions if name.startswith(f"{function}-")) for name in names]
    return [(owner, name.removeprefix(f"{owner}-")) for owner, name in zip(owners, names, strict=True)]


NOTICED = [(function, what) for function, what in statements() if what not in ONLY_ON_AWS]
UNNOTICED = [(function, what) for function, what in statements() if what in ONLY_ON_AWS]
OF_SECOND_GATE = {row.handler.replace("_", "-") for row in (*SECOND_GATE, *ACCOUNT_FACTORS)}


class Probes(GateProbes):
    """One use of each function, on the deployed stack; true if its promise is kept."""

    def __init__(self, door: Door, api: httpx.Client, providers: Providers) -> None:
        super().__init__(door, api, providers)
        self._user: User = door.user()
        self.wait_seconds = WAIT_SECONDS

    def signup(self, _: str) -> bool:
        return self._status("/signup", {"email": new_address(), "password": PASSWORD}) == 202

    def confirm_signup(self, what: str) -> bool:
        challenge_id, code = self._door.sign_up()
        if what == "count":  # of the second try
            wrong = "00000000" if code != "00000000" else "11111111"
            assert self._status("/signup/confirm", {"challenge_id": challenge_id, "code": wrong}) == 400
        return self._status("/signup/confirm", {"challenge_id": challenge_id, "code": code}) == 201

    def signin(self, what: str) -> bool:
        if what in ("factors", "challenge"):
            return self.ahead()
        if what == "mail":
            return self._tells_of_wrong_passwords()
        user = self._door.user()
        if what in ("seal", "upgrade"):
            self._outdate(user)
        return self._status("/signin", {"email": user.address, "password": PASSWORD}) == 200

    def refresh(self, what: str) -> bool:
        tokens = self._user.sign_in()
        if self._status("/refresh", tokens, "refresh_token") != 200:
            return False
        if what != "end":
            return True
        self._backdate(tokens)
        return self._status("/refresh", tokens, "refresh_token") == 401

    def signout(self, _: str) -> bool:
        return self._api.post("/signout", headers=self._bearer()).status_code == 204

    def gate(self, _: str) -> bool:
        return self._api.get("/me", headers=self._bearer()).status_code == 200

    def jwks(self, _: str) -> bool:
        return self._api.get("/.well-known/jwks.json").status_code == 200

    def rotation(self, _: str) -> bool:
        try:
            rotation.rotate(self._door.stack)
        except Failure:
            return False
        return True

    def create_order(self, _: str) -> bool:
        key = {"Idempotency-Key": secrets.token_hex(8)}
        return [self._order(key).status_code for _ in range(2)] == [201, 201]

    def list_orders(self, _: str) -> bool:
        return self._api.get("/orders", headers=self._bearer()).status_code == 200

    def show_order(self, _: str) -> bool:
        return self._on_an_order("GET").status_code == 200

    def change_order(self, _: str) -> bool:
        return self._on_an_order("PUT", json=ORDER).status_code == 200

    def cancel_order(self, _: str) -> bool:
        return self._on_an_order("DELETE").status_code == 204

    def queue_orders(self, _: str) -> bool:
        bearer = self._bearer()
        location = self._api.post("/orders", json=ORDER, headers={**bearer, "Prefer": "respond-async"}).headers[
            "location"
        ]
        deadline = time.monotonic() + self.wait_seconds
        while time.monotonic() < deadline:
            if self._api.get(location, headers=bearer).json()["status"] == "SUCCESS":
                return True
            time.sleep(0.1)
        return False

    def fulfil_orders(self, _: str) -> bool:
        return self.queue_orders("")

    def migrate_user(self, what: str) -> bool:
        user = self._door.user()
        if what in ("seal", "upgrade"):
            self._outdate(user)
        request = {"password": PASSWORD}
        event = {"triggerSource": "UserMigration_Authentication", "userName": user.address, "request": request}
        answer = self._invoke("migrate-user", event)
        return bool(answer.get("response", {}).get("finalUserStatus") == "CONFIRMED")

    def manage_users(self, _: str) -> bool:
        address = new_address()
        made = self._invoke("manage-users", {"action": "create", "email": address, "password": PASSWORD})
        if "id" not in made:
            return False
        user = User(self._door, made["id"], address, PASSWORD)
        self.with_authy(Account(user, self._providers))
        actions = ("disable", "enable", "unlock", "remove_factors", "delete")
        return all(self._invoke("manage-users", {"action": action, "email": address}) == {} for action in actions)

    def check_providers(self, what: str) -> bool:
        known = {"authy": {"operation": "app"}, "verify": {"operation": "service"}}
        asked = [what] if what in known else list(known)
        return all("name" in self._invoke("check-providers", {"provider": one, **known[one]}) for one in asked)

    def _tells_of_wrong_passwords(self) -> bool:
        address = self._door.user().address
        set_counter(self._door, in_a_row(self._door, address), SignInLimits().wrong_passwords_in_a_row)
        assert self._status("/signin", {"email": address, "password": "wrong"}) == 401
        return bool(mails_to(self._door, address, "Wrong passwords for your account"))

    def _invoke(self, function: str, event: Any) -> dict[str, Any]:
        name = _entry(self._door.stack, FUNCTION, f"{function}-function").id
        answer = self._door.stack.aws("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        content: dict[str, Any] = json.loads(answer["Payload"].read())
        return content

    def _order(self, headers: dict[str, str] | None = None) -> httpx.Response:
        return self._api.post("/orders", json=ORDER, headers={**self._bearer(), **(headers or {})})

    def _on_an_order(self, method: str, **body: Any) -> httpx.Response:
        return self._api.request(method, self._order().headers["location"], headers=self._bearer(), **body)

    def me(self, _: str) -> bool:
        return self.gate("")

    def hello(self, _: str) -> bool:
        return self._api.get("/hello").status_code == 401

    def discovery(self, _: str) -> bool:
        return self._api.get("/.well-known/openid-configuration").status_code == 200

    def openapi(self, _: str) -> bool:
        return self._api.get("/openapi.json").status_code == 200

    def _status(self, path: str, body: dict[str, Any], *only: str) -> int:
        chosen = {name: body[name] for name in only} if only else body
        return self._api.post(path, json=chosen).status_code

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._user.sign_in()['access_token']}"}

    def _outdate(self, user: User) -> None:
        vault = KmsVault(self._door.environment["KEY_ARN"])
        old = vault.seal(PasswordHasher(time_cost=1, memory_cost=8 * 1024).hash(PASSWORD), user.id)
        key = {"pk": {"S": f"credential#{user.id}"}, "sk": {"S": "password"}}
        self._write(key, "SET password = :value", {"B": old})

    def _backdate(self, tokens: dict[str, Any]) -> None:
        """The grace is over."""
        user_id, session_id, _ = tokens["refresh_token"].split(".")
        key = {"pk": {"S": f"sessions#{user_id}"}, "sk": {"S": f"session#{session_id}"}}
        self._write(key, "SET rotated_at = :value", {"N": str(int(time.time()) - 60)})

    def _write(self, key: Any, expression: str, value: Any) -> None:
        self._door.stack.aws("dynamodb").update_item(
            TableName=self._door.environment["TABLE_NAME"],
            Key=key,
            UpdateExpression=expression,
            ExpressionAttributeValues={":value": value},
        )


@pytest.fixture(scope="module")
def probes(door: Door, providers: Providers) -> Iterator[Probes]:
    with httpx.Client(base_url=str(door.stack.state.outputs["api_url"]), timeout=60) as api:
        yield Probes(door, api, providers)


@pytest.fixture
def removed(stack: LocalStack) -> Iterator[Callable[[str, str], None]]:
    """Takes a statement from its role until the test is over; its function starts cold before and after."""
    iam = stack.aws("iam")
    undo: list[Callable[[], None]] = []

    def remove(function: str, what: str) -> None:
        role, name = _entry(stack, POLICY, f"{function}-{what}").id.split(":")
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        iam.delete_role_policy(RoleName=role, PolicyName=name)
        undo.append(lambda: _restore(stack, function, role, name, document))
        start_cold(stack, function)

    yield remove
    for act in undo:
        act()


def _restore(stack: LocalStack, function: str, role: str, name: str, document: Any) -> None:
    stack.aws("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    start_cold(stack, function)


def _entry(stack: LocalStack, type_: str, name: str) -> Entry:
    return next(entry for entry in stack.state.entries.values() if (entry.type, entry.name) == (type_, name))


def keeps_its_promise(probes: Probes, function: str, what: str, wait_seconds: int = WAIT_SECONDS) -> bool:
    probes.wait_seconds = wait_seconds
    kept: bool = getattr(probes, function.replace("-", "_"))(what)
    return kept
