"""The real handlers in this process, against the tables, keys and secrets of the deployed stack."""

import importlib
import json
import os
import secrets
import time
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from client import inbox
from client.stack import LocalStack
from contract.routes import ROUTES
from local.clients import REGION
from tests import described

PASSWORD = "violet otters paddle past nine"
SINGLE_VALUES = (
    "TABLE_NAME", "KEY_ARN", "KEYSET_SECRET_ID", "ISSUER", "AUDIENCE", "CONFIRM_EMAIL", "MAIL_FROM", "API_ID",
    "POOL_ISSUER", "POOL_JWKS_URL", "POOL_CLIENT_IDS", "TRUSTED_ISSUERS", "SCOPE_GRANTS", "ORDERS_TABLE_NAME",
    "ORDERS_QUEUE_URL", "FACTORS", "FACTOR_LIMITS", "SECOND_FACTOR", "DISPLAY_NAME", "PEPPER_SECRET_ID",
    "SIGN_IN_LIMITS", "PROVES_MAILBOX",
)  # fmt: skip
"""What the functions find in their environments; a name means the same to all of them."""

ROWS = {route.name: route for route in ROUTES}
SOURCES = "2001:db8:"
"""Network addresses that are nobody's (RFC 3849); every request comes from a network of its own."""


def new_source() -> str:
    """An address in a network that nobody else has."""
    return f"{SOURCES}{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"


def behind_the_gate(**caller: str) -> dict[str, Any]:
    """What API Gateway adds to a request that the gate has let through."""
    known = {"sub": "ada", "sid": "0" * 32, "email": "ada@example.com", "iss": "https://issuer.example.com"}
    fresh = {"amr": "pwd", "auth_time": str(int(time.time()))}
    context = {
        "http": {"sourceIp": new_source()},
        "authorizer": {"lambda": {**known, **fresh, **caller}},
    }
    return {"pathParameters": {"id": "0" * 32}, "requestContext": context}


@dataclass(frozen=True)
class Answer:
    """What a handler answered."""

    status: int
    headers: dict[str, str]
    text: str
    cookies: tuple[str, ...] = ()

    @property
    def body(self) -> Any:
        return json.loads(self.text) if self.text else None


@dataclass(frozen=True)
class Door:
    """Calls handlers by their names."""

    stack: LocalStack
    environment: dict[str, str]

    def module(self, handler: str) -> ModuleType:
        return importlib.import_module(f"handlers.{handler}")

    def call(self, name: str, body: Any = None, *, raw: str | None = None, **event: Any) -> Answer:
        """Send a body to a route as API Gateway would hand it over."""
        route = ROWS[name]
        text = raw if raw is not None else json.dumps(body)
        given = {"routeKey": route.key, "body": text, **behind_the_gate(), **event}
        answer = self.module(route.handler).handler(given, None)
        cookies = tuple(answer.get("cookies", ()))
        described.check(route, given["body"], answer)
        return Answer(answer["statusCode"], answer["headers"], answer.get("body", ""), cookies)

    def sign_up(self, address: str | None = None, password: str = PASSWORD) -> tuple[str, str]:
        """Up to the mailed code: (challenge id, code)."""
        address = address or new_address()
        answer = self.call("signup", {"email": address, "password": password})
        assert answer.status == 202, answer.text
        code = inbox.newest_code(self.stack.cloud.url, address)
        assert code
        return answer.body["challenge_id"], code

    def user(self, address: str | None = None, password: str = PASSWORD) -> "User":
        """A new user."""
        address = address or new_address()
        challenge_id, code = self.sign_up(address, password)
        answer = self.call("confirm_signup", {"challenge_id": challenge_id, "code": code})
        assert answer.status == 201, answer.text
        return User(self, answer.body["user"]["id"], address, password)

    def items(self) -> list[dict[str, Any]]:
        """Everything in the table."""
        dynamodb = self.stack.aws("dynamodb")
        pages = dynamodb.get_paginator("scan").paginate(TableName=self.environment["TABLE_NAME"])
        return [item for page in pages for item in page["Items"]]

    def keys(self) -> set[tuple[str, str]]:
        """The keys of everything in the table."""
        return {(item["pk"]["S"], item["sk"]["S"]) for item in self.items()}


@dataclass(frozen=True)
class User:
    """A user of the API door."""

    door: Door
    id: str
    address: str
    password: str

    def sign_in(self) -> dict[str, Any]:
        """Their tokens."""
        answer = self.door.call("signin", {"email": self.address, "password": self.password})
        assert answer.status == 200, answer.text
        tokens: dict[str, Any] = answer.body
        return tokens

    def disable(self) -> None:
        """As an operator does it."""
        self.door.stack.aws("dynamodb").update_item(
            TableName=self.door.environment["TABLE_NAME"],
            Key={"pk": {"S": f"user#{self.id}"}, "sk": {"S": "profile"}},
            UpdateExpression="SET disabled = :yes",
            ExpressionAttributeValues={":yes": {"BOOL": True}},
        )


def new_address() -> str:
    return f"{secrets.token_hex(8)}@example.com"


def start_cold(stack: LocalStack, function: str) -> None:
    """A new configuration, even if it is the old one, gets a deployed function new processes."""
    name = next(entry.id for entry in stack.functions().values() if entry.name == f"{function}-function")
    lambda_ = stack.aws("lambda")
    timeout = lambda_.get_function_configuration(FunctionName=name)["Timeout"]
    lambda_.update_function_configuration(FunctionName=name, Timeout=timeout)


def open_door(stack: LocalStack) -> Door:
    """Give this process the environment of the deployed functions, with the rights of the account's root."""
    lambda_ = stack.aws("lambda")
    environment: dict[str, str] = {}
    for entry in stack.functions().values():
        configuration = lambda_.get_function_configuration(FunctionName=entry.id)
        environment |= configuration.get("Environment", {}).get("Variables", {})
    assert set(environment) == set(SINGLE_VALUES)
    os.environ |= {
        **environment,
        "AWS_ENDPOINT_URL": stack.cloud.url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": stack.cloud.keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": stack.cloud.keys.secret_access_key,
    }
    return Door(stack, environment)
