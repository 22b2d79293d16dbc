"""The statements of all roles, one use of each function, and the removal of a statement for a while."""

import inspect
import json
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from contract.limits import SignInLimits
from contract.mfa import ACCOUNT_FACTORS, MFA
from handlers.store.ciphers import KmsPasswordCipher
from sallyport.client.errors import Failure
from sallyport.client.stack import rotation
from sallyport.client.stack.local_settings import local_settings
from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.state import Entry
from tests.proofs.account_probes import AccountProbes
from tests.proofs.mfa_probes import MfaProbes, mails_to
from tests.stack.conftest import record
from tests.support.account import Account
from tests.support.fake_providers import Providers
from tests.support.handlers import PASSWORD, Handlers, User, new_address, start_cold
from tests.support.limits import in_a_row, set_counter
from tests.support.operators import at_home, identity_of

ORDER = {"restaurant_id": "trattoria", "quantity": 2}
PATIENCE_SECONDS, WAIT_SECONDS = 30, 2
"""The times to wait for an expected event, on a slow machine too, and for an event that must not happen."""
FUNCTION = "aws:lambda/function:Function"
POLICY = "aws:iam/rolePolicy:RolePolicy"
ONLY_ON_AWS = {
    "WriteLogs": "the embedded AWS writes log lines itself; on AWS Lambda writes them as the role",
    "UseKeyForTable": "the embedded AWS keeps tables in the clear; on AWS DynamoDB decrypts the key as the caller",
    "UseKeyForPepper": "the same of the secret with the pepper",
    "UseKeyForSigningKeys": "the embedded AWS keeps secrets in the clear; on AWS their reader uses the key",
    "UseKeyForAuthyCredentials": "the same of the secret with Authy's credentials",
    "UseKeyForVerifyCredentials": "the same of the secret with Verify's credentials",
    "ReadStream": "the embedded AWS reads streams itself; on AWS Lambda reads them as the role",
    "ReadQueue": "the embedded AWS reads queues itself; on AWS Lambda reads them as the role",
}


KEPT = {"ReadSigningKeys", "ReadPepper", "ReadAuthyCredentials", "ReadVerifyCredentials"}
"""Statements for what a warm function has read and does not read again."""
KEEPING = {"authorizer"}
"""Functions that keep what they have read for a time."""


def statements() -> list[tuple[str, str]]:
    """Return (function, `Sid`) of every statement in a role's policy that the program declares."""
    local = record("local", **local_settings("http://127.0.0.1:4566"))
    return [
        (policy.name.removesuffix("-policy"), statement["Sid"])
        for policy in local.of("iam.RolePolicy")
        for statement in json.loads(policy.inputs["policy"])["Statement"]
    ]


NOTICED = [(function, what) for function, what in statements() if what not in ONLY_ON_AWS]
UNNOTICED = [(function, what) for function, what in statements() if what in ONLY_ON_AWS]
OF_ACCOUNTS = {
    "reconcile",
    "me", "change-profile", "change-password", "change-email", "confirm-email", "list-sessions", "end-sessions",
    "delete-account", "undo", "export-account", "orders-data", "run-jobs", "notify-new-place", "deliver-events",
}  # fmt: skip
OF_MFA = {row.function.replace("_", "-") for row in (*MFA, *ACCOUNT_FACTORS)}


class Probes(AccountProbes):
    """The probes: one use of each function on the deployed stack; true if its promise is kept."""

    def __init__(self, handlers: Handlers, api: httpx.Client, providers: Providers) -> None:
        super().__init__(handlers, api, providers)
        self._user: User = handlers.user()
        self.wait_seconds = WAIT_SECONDS

    def signup(self, _: str) -> bool:
        return self._status("/signup", {"email": new_address(), "password": PASSWORD}) == 202

    def confirm_signup(self, what: str) -> bool:
        challenge_id, code = self._handlers.sign_up()
        if what == "CountTries":  # of the second try
            wrong = "00000000" if code != "00000000" else "11111111"
            assert self._status("/signup/confirm", {"challenge_id": challenge_id, "code": wrong}) == 400
        return self._status("/signup/confirm", {"challenge_id": challenge_id, "code": code}) == 201

    def signin(self, what: str) -> bool:
        if what in ("ReadFactors", "OpenChallenge"):
            return self.ahead()
        if what == "SendMail":
            return self._tells_of_wrong_passwords()
        user = self._handlers.user()
        if what in ("ChangeUser", "CancelDeletion"):
            self.plan_deletion(user.id, later=3600)
        if what in ("EncryptPasswords", "UpgradePassword"):
            self._outdate(user)
        return self._status("/signin", {"email": user.address, "password": PASSWORD}) == 200

    def refresh(self, what: str) -> bool:
        tokens = self._user.sign_in()
        if self._status("/refresh", tokens, "refresh_token") != 200:
            return False
        if what != "EndSession":
            return True
        self._backdate(tokens)
        return self._status("/refresh", tokens, "refresh_token") == 401

    def signout(self, _: str) -> bool:
        return self._api.post("/signout", headers=self._bearer()).status_code == 204

    def authorizer(self, _: str) -> bool:
        return self._api.get("/me", headers=self._bearer()).status_code == 200

    def jwks(self, _: str) -> bool:
        return self._api.get("/.well-known/jwks.json").status_code == 200

    def rotation(self, _: str) -> bool:
        try:
            with at_home(self._handlers.stack) as outputs:
                rotation.rotate(outputs)
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
        user = self._handlers.user()
        if what in ("EncryptPasswords", "UpgradePassword"):
            self._outdate(user)
        request = {"password": PASSWORD}
        event = {"triggerSource": "UserMigration_Authentication", "userName": user.address, "request": request}
        answer = self._invoke("migrate-user", event)
        return bool(answer.get("response", {}).get("finalUserStatus") == "CONFIRMED")

    def manage_users(self, _: str) -> bool:
        address = new_address()
        made = self._manage("create", email=address, password=PASSWORD)
        if "id" not in made:
            return False
        user = User(self._handlers, made["id"], address, PASSWORD)
        self.with_authy(Account(user, self._providers))
        self.plan_deletion(user.id, later=3600)
        listed = self._manage("list", query={"prefix": address[:8]})
        if "user" not in self._manage("show", email=address) or not listed.get("users"):
            return False
        if self._manage("roles", email=address, add=[], remove=["user"]) != {"roles": []}:
            return False
        actions = ("disable", "enable", "unlock", "end_sessions", "remove_factors", "delete")
        return all(self._manage(action, email=address) == {} for action in actions)

    def _manage(self, action: str, **more: Any) -> dict[str, Any]:
        return self._operate("manage-users", action=action, **more)

    def _operate(self, function: str, **event: Any) -> dict[str, Any]:
        name = _entry(self._handlers.stack, FUNCTION, f"{function}-function").id
        return self._invoke(function, {**event, "identity": identity_of(self._handlers.stack, name)})

    def import_users(self, _: str) -> bool:
        """Import a user with a password and a factor, and the same again."""
        row = json.dumps({"email": new_address(), "totp": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"})
        answers = [self._operate("import-users", rows=[row], dry_run=False) for _ in range(2)]
        dry = self._operate("import-users", rows=[row], dry_run=True)
        return [one.get("results") for one in (*answers, dry)] == [["imported"], ["already"], ["already"]]

    def export_users(self, _: str) -> bool:
        """Export all pages, because the user with a factor may be on any."""
        account = self._account()
        account.add_totp()
        exported, after = set(), ""
        while True:
            page = self._operate("export-users", after=after)
            if "rows" not in page:
                return False
            exported |= {row["email"] for row in page["rows"]}
            after = page["next"]
            if not after:
                return account.user.address in exported

    def check_providers(self, what: str) -> bool:
        known = {"authy": {"operation": "app"}, "verify": {"operation": "service"}}
        asked = [name for name in known if what == f"Read{name.capitalize()}Credentials"] or list(known)
        return all("name" in self._invoke("check-providers", {"provider": one, **known[one]}) for one in asked)

    def _tells_of_wrong_passwords(self) -> bool:
        address = self._handlers.user().address
        set_counter(self._handlers, in_a_row(self._handlers, address), SignInLimits().wrong_passwords_in_a_row)
        assert self._status("/signin", {"email": address, "password": "wrong"}) == 401
        return bool(mails_to(self._handlers, address, "Wrong passwords for your account"))

    def _invoke(self, function: str, event: Any) -> dict[str, Any]:
        name = _entry(self._handlers.stack, FUNCTION, f"{function}-function").id
        answer = self._handlers.stack.aws("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        content: dict[str, Any] = json.loads(answer["Payload"].read())
        return content

    def _order(self, headers: dict[str, str] | None = None) -> httpx.Response:
        return self._api.post("/orders", json=ORDER, headers={**self._bearer(), **(headers or {})})

    def _on_an_order(self, method: str, **body: Any) -> httpx.Response:
        return self._api.request(method, self._order().headers["location"], headers=self._bearer(), **body)

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
        cipher = KmsPasswordCipher(self._handlers.environment["KEY_ARN"])
        old = cipher.encrypt(PasswordHasher(time_cost=1, memory_cost=8 * 1024).hash(PASSWORD), user.id)
        key = {"pk": {"S": f"credential#{user.id}"}, "sk": {"S": "password"}}
        self._write(key, "SET password = :value", {"B": old})

    def _backdate(self, tokens: dict[str, Any]) -> None:
        """Backdate the session, so that the grace is over."""
        user_id, session_id, _ = tokens["refresh_token"].split(".")
        key = {"pk": {"S": f"sessions#{user_id}"}, "sk": {"S": f"session#{session_id}"}}
        self._write(key, "SET rotated_at = :value", {"N": str(int(time.time()) - 60)})

    def _write(self, key: Any, expression: str, value: Any) -> None:
        self._handlers.stack.aws("dynamodb").update_item(
            TableName=self._handlers.environment["TABLE_NAME"],
            Key=key,
            UpdateExpression=expression,
            ExpressionAttributeValues={":value": value},
        )


def uses(function: str) -> set[str]:
    """Return the statements for which probes use a function in a way of their own, and one for the way of all others.

    Such statements are named in the probes.
    """
    sources = "".join(inspect.getsource(probes) for probes in (Probes, AccountProbes, MfaProbes))
    statements = [what for owner, what in NOTICED if owner == function]
    ordinary = [what for what in statements if f'"{what}"' not in sources]
    return {*(ordinary[:1] or [""]), *(what for what in statements if what not in ordinary)}


@pytest.fixture(scope="module")
def probes(handlers: Handlers, providers: Providers) -> Iterator[Probes]:
    with httpx.Client(base_url=str(handlers.stack.state.outputs["api_url"]), timeout=60) as api:
        yield Probes(handlers, api, providers)


@pytest.fixture
def removed(stack: LocalStack) -> Iterator[Callable[[str, str], None]]:
    """Remove a statement from its role until the test is over; a function that keeps what it has read starts cold."""
    iam = stack.aws("iam")
    undo: list[Callable[[], None]] = []

    def remove(function: str, what: str) -> None:
        role, name = _entry(stack, POLICY, f"{function}-policy").id.split(":")
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        rest = [statement for statement in document["Statement"] if statement["Sid"] != what]
        assert len(rest) == len(document["Statement"]) - 1
        is_kept = what in KEPT or function in KEEPING
        undo.append(lambda: _put(stack, function, role, name, document, is_kept=is_kept))
        _put(stack, function, role, name, {**document, "Statement": rest}, is_kept=is_kept)

    yield remove
    for act in undo:
        act()


def _put(stack: LocalStack, function: str, role: str, name: str, document: Any, *, is_kept: bool) -> None:
    stack.aws("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    if is_kept:
        start_cold(stack, function)


def _entry(stack: LocalStack, type_: str, name: str) -> Entry:
    return next(entry for entry in stack.state.entries.values() if (entry.type, entry.name) == (type_, name))


def keeps_its_promise(probes: Probes, function: str, what: str, wait_seconds: int = WAIT_SECONDS) -> bool:
    probes.wait_seconds = wait_seconds
    kept: bool = getattr(probes, function.replace("-", "_"))(what)
    return kept
