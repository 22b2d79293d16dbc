"""The handlers in this process on in-memory ports; every answer is held against the OpenAPI document."""

import importlib
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import jwt
import pyotp
import pytest

from handlers.core.orders.types import Claim, Order
from tests.support.environment import VARIABLES
from tests.support.handlers import MODULES, ROWS, Answer
from tests.support.in_memory import MemoryServices

PASSWORD = "violet otters paddle past nine"
ADDRESS = "ada@example.com"
FUNCTIONS = "handlers.functions."
FACTORS = '{"totp": {}, "email": {}, "recovery": {}}'


class MemoryOrders:
    """Implements `core.orders.ports.OrderStore` and what the handlers of orders use beside it."""

    def __init__(self) -> None:
        self.orders: dict[tuple[str, str], Order] = {}
        self.claims: dict[tuple[str, str], Claim] = {}

    def place(self, order: Order, claim: Claim | None, now: float) -> Order:
        if claim and (claim.owner, claim.key_hash) in self.claims:
            return self.claims[claim.owner, claim.key_hash].order
        if claim:
            self.claims[claim.owner, claim.key_hash] = claim
        self.orders[order.owner, order.id] = order
        return order

    def find(self, owner: str, order_id: str) -> Order | None:
        return self.orders.get((owner, order_id))

    def newest(self, owner: str, before: str | None, limit: int) -> list[Order]:
        own = [one for (of, id_), one in self.orders.items() if of == owner and (before is None or id_ < before)]
        return sorted(own, key=lambda one: one.id, reverse=True)[:limit]

    def replace(self, seen: Order, successor: Order) -> bool:
        self.orders[seen.owner, seen.id] = successor
        return True

    def delete(self, owner: str, order_id: str) -> bool:
        return self.orders.pop((owner, order_id), None) is not None


@pytest.fixture(scope="session")
def modules() -> Mapping[str, ModuleType]:
    """Name of a function → its module, imported apart from the modules that other tests use on AWS."""
    names = {name: path for name, path in MODULES.items() if name != "openapi"}
    with pytest.MonkeyPatch.context() as patch, modules_put_aside():
        for name, value in {**VARIABLES, "FACTORS": FACTORS}.items():
            patch.setenv(name, value)
        return {name: importlib.import_module(f"handlers.{path}") for name, path in names.items()}


@contextmanager
def modules_put_aside() -> Iterator[None]:
    """Import the functions anew inside, and leave `sys.modules` as it was: it is shared with tests on AWS."""
    before = {name: sys.modules.pop(name) for name in list(sys.modules) if name.startswith(FUNCTIONS)}
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.startswith(FUNCTIONS)]:
            del sys.modules[name]
        sys.modules.update(before)
        for name, module in before.items():
            parent, _, child = name.rpartition(".")
            setattr(sys.modules[parent], child, module)


@dataclass
class Api:
    """A caller with an access token, who calls routes by their names."""

    modules: Mapping[str, ModuleType]
    services: MemoryServices
    token: str = ""
    refresh_token: str = ""
    called: set[str] = field(default_factory=set)

    def call(self, name: str, body: Any = None, **event: Any) -> Answer:
        """Send a body to a route, as API Gateway hands it over once the authorizer has accepted the token."""
        route = ROWS[name]
        text = json.dumps({} if body is None else body)
        given = {"routeKey": route.key, "body": text, "requestContext": self._context(), **event}
        answer = self.modules[route.function].handler(given, None)
        self.called.add(name)
        return Answer(answer["statusCode"], answer["headers"], answer.get("body", ""), tuple(answer.get("cookies", ())))

    def at(self, name: str, id_: str, body: Any = None) -> Answer:
        """Send a body to a route with an id in its path."""
        return self.call(name, body, pathParameters={"id": id_})

    def hold(self, answer: Answer) -> None:
        """Use the tokens of this answer from now on."""
        self.token = answer.body["access_token"]
        self.refresh_token = answer.body.get("refresh_token", self.refresh_token)

    def sign_up(self) -> None:
        begun = self.call("signup", {"email": ADDRESS, "password": PASSWORD})
        assert begun.status == 202
        proof = {"challenge_id": begun.body["challenge_id"], "code": self.services.mails.code(ADDRESS)}
        assert self.call("confirm_signup", proof).status == 201

    def sign_in(self) -> Answer:
        return self.call("signin", {"email": ADDRESS, "password": PASSWORD})

    def prove_mailbox(self) -> None:
        begun = self.call("step_up").body
        proof = {"challenge_id": begun["challenge_id"], "factor_id": "email", "code": self.services.mails.code(ADDRESS)}
        self.hold(self.call("step_up", proof))

    def add_totp(self) -> pyotp.TOTP:
        app = pyotp.TOTP(self.call("enrol_factor_totp").body["secret"])
        assert self.at("confirm_factor", "totp", {"code": app.at(self.services.clock)}).status == 200
        return app

    def _context(self) -> dict[str, Any]:
        context: dict[str, Any] = {"http": {"sourceIp": "192.0.2.1"}}
        if self.token:
            claims = jwt.decode(self.token, options={"verify_signature": False})
            known = {name: str(claims[name]) for name in ("sub", "sid", "iss", "scope", "auth_time")}
            caller = {**known, "amr": " ".join(claims["amr"]), "email": ADDRESS}
            context["authorizer"] = {"lambda": caller}
        return context


@pytest.fixture
def api(modules: Mapping[str, ModuleType], monkeypatch: pytest.MonkeyPatch) -> Api:
    services = MemoryServices()
    monkeypatch.setattr("time.time", lambda: float(services.clock))
    orders = MemoryOrders()
    for module in modules.values():
        for name, value in (("SERVICES", services), ("DIRECTORY", services.directory), ("STORE", orders)):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, value)
    return Api(modules, services)
