"""The real handlers in this process, against the tables, keys and secrets of the deployed stack."""

import importlib
import json
import os
import secrets
import time
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from contract.routes import ROUTES
from sallyport.client.stack import inbox
from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.clients import REGION
from sallyport.local.tools import ROOT

PASSWORD = "violet otters paddle past nine"
SINGLE_VALUES = (
    "TABLE_NAME", "KEY_ARN", "SIGNING_KEYS_SECRET_ID", "ISSUER", "AUDIENCE", "CONFIRM_EMAIL", "MAIL_FROM", "API_ID",
    "POOL_ISSUER", "POOL_JWKS_URL", "POOL_CLIENT_IDS", "TRUSTED_ISSUERS", "SCOPE_GRANTS", "ORDERS_TABLE_NAME",
    "ORDERS_QUEUE_URL", "FACTORS", "FACTOR_LIMITS", "SECOND_FACTOR", "DISPLAY_NAME", "PEPPER_SECRET_ID",
    "SIGN_IN_LIMITS", "SESSION_LIFETIMES", "DEFAULT_ROLES", "ROLES", "PROFILE_CLAIMS", "SESSION_CACHE_SECONDS",
    "PROFILE_ATTRIBUTES", "DELETION", "APPLICATIONS", "USER_POOL_ID", "EVENTS_LOG_GROUP", "EVENT_BUS",
    "UNDELIVERED_QUEUE_URL", "STAGE", "EDGE_SECRET_HASHES", "API_ADDRESS", "FORMER_ISSUERS", "SITE_URL", "SITE_BUCKET",
)  # fmt: skip
"""The variables of the functions' environments; a name means the same to all of them."""

OF_SETTINGS = ("AWS_CLIENT", "SNAP_START")
"""Variables that functions have by settings of the stack, and handlers in this process have not."""

ROWS = {route.name: route for route in ROUTES}
MODULES = {
    path.stem: f"functions.{path.parent.name}.{path.stem}" for path in (ROOT / "handlers/functions").glob("*/*.py")
}
"""Name of a function → its module in `handlers`."""
COUNTED_NOTICES = "limit#mail:places:"
"""The counters of notices of sign-ins, which a function of the stack mails when it gets the event."""
SOURCES = "2001:db8:"
"""Network addresses that are nobody's (RFC 3849); every request comes from a network of its own."""


def new_source() -> str:
    """Return an address in a network that no other test has."""
    return f"{SOURCES}{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"


def authorized(**caller: str) -> dict[str, Any]:
    """Return API Gateway's addition to a request that the authorizer has allowed."""
    known = {"sub": "ada", "sid": "0" * 32, "email": "ada@example.com", "iss": "https://issuer.example.com"}
    fresh = {"amr": "pwd", "auth_time": str(int(time.time()))}
    context = {
        "http": {"sourceIp": new_source()},
        "authorizer": {"lambda": {**known, **fresh, **caller}},
    }
    return {"pathParameters": {"id": "0" * 32}, "requestContext": context}


@dataclass(frozen=True)
class Answer:
    """The answer of a handler."""

    status: int
    headers: dict[str, str]
    text: str
    cookies: tuple[str, ...] = ()

    @property
    def body(self) -> Any:
        return json.loads(self.text) if self.text else None


@dataclass(frozen=True)
class Handlers:
    """The handlers, called by their names."""

    stack: LocalStack
    environment: dict[str, str]

    def module(self, name: str) -> ModuleType:
        """Return the module of a function by its file's name, or any other of `handlers`, such as `factors.totp`."""
        return importlib.import_module(f"handlers.{MODULES.get(name, name)}")

    def call(self, name: str, body: Any = None, *, raw: str | None = None, **event: Any) -> Answer:
        """Send a body to a route as API Gateway would hand it over."""
        route = ROWS[name]
        text = raw if raw is not None else json.dumps(body)
        given = {"routeKey": route.key, "body": text, **authorized(), **event}
        answer = self.module(route.function).handler(given, None)
        cookies = tuple(answer.get("cookies", ()))
        return Answer(answer["statusCode"], answer["headers"], answer.get("body", ""), cookies)

    def sign_up(self, address: str | None = None, password: str = PASSWORD) -> tuple[str, str]:
        """Sign up as far as the mailed code; return (challenge id, code)."""
        address = address or new_address()
        answer = self.call("signup", {"email": address, "password": password})
        assert answer.status == 202, answer.text
        code = inbox.newest_code(self.stack.cloud.url, address)
        assert code
        return answer.body["challenge_id"], code

    def user(self, address: str | None = None, password: str = PASSWORD) -> "User":
        """Create a user."""
        address = address or new_address()
        challenge_id, code = self.sign_up(address, password)
        answer = self.call("confirm_signup", {"challenge_id": challenge_id, "code": code})
        assert answer.status == 201, answer.text
        return User(self, answer.body["user"]["id"], address, password)

    def forget_keys(self) -> None:
        """Have the functions in this process fetch the signing keys again, as deployed ones do that start again."""
        for name in ("signin", "verify_factor", "step_up", "refresh"):
            self.module(name).SERVICES.signer._key = None

    def items(self) -> list[dict[str, Any]]:
        """Return all items of the table."""
        dynamodb = self.stack.aws("dynamodb")
        pages = dynamodb.get_paginator("scan").paginate(TableName=self.environment["TABLE_NAME"])
        return [item for page in pages for item in page["Items"]]

    def keys(self) -> set[tuple[str, str]]:
        """Return the keys of all items of the table, but for those that the stack counts by itself, at any time."""
        keys = {(item["pk"]["S"], item["sk"]["S"]) for item in self.items()}
        return {(pk, sk) for pk, sk in keys if not pk.startswith(COUNTED_NOTICES)}


@dataclass(frozen=True)
class User:
    """A user of the API handlers."""

    handlers: Handlers
    id: str
    address: str
    password: str

    def sign_in(self) -> dict[str, Any]:
        """Sign in; return the tokens."""
        answer = self.handlers.call("signin", {"email": self.address, "password": self.password})
        assert answer.status == 200, answer.text
        tokens: dict[str, Any] = answer.body
        return tokens

    def disable(self) -> None:
        """Disable the user, as an operator does it."""
        self.handlers.stack.aws("dynamodb").update_item(
            TableName=self.handlers.environment["TABLE_NAME"],
            Key={"pk": {"S": f"user#{self.id}"}, "sk": {"S": "profile"}},
            UpdateExpression="SET disabled = :yes",
            ExpressionAttributeValues={":yes": {"BOOL": True}},
        )


def new_address() -> str:
    return f"{secrets.token_hex(8)}@example.com"


def start_cold(stack: LocalStack, function: str) -> None:
    """Update a deployed function's configuration, so that it gets new processes."""
    name = next(entry.id for entry in stack.functions().values() if entry.name == f"{function}-function")
    lambda_ = stack.aws("lambda")
    timeout = lambda_.get_function_configuration(FunctionName=name)["Timeout"]
    lambda_.update_function_configuration(FunctionName=name, Timeout=timeout)


def open_handlers(stack: LocalStack) -> Handlers:
    """Give this process the environment of the deployed functions, with the rights of the account's root."""
    lambda_ = stack.aws("lambda")
    environment: dict[str, str] = {}
    for entry in stack.functions().values():
        configuration = lambda_.get_function_configuration(FunctionName=entry.id)
        environment |= configuration.get("Environment", {}).get("Variables", {})
    for name in OF_SETTINGS:
        environment.pop(name, None)
    assert set(environment) == set(SINGLE_VALUES)
    os.environ |= {
        **environment,
        "AWS_ENDPOINT_URL": stack.cloud.url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": stack.cloud.keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": stack.cloud.keys.secret_access_key,
    }
    return Handlers(stack, environment)
