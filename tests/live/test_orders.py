"""Orders from outside: in both modes, behind the authorizer, with tokens of every issuer that it trusts."""

import time
from typing import Any

import httpx
import pytest

from contract import scopes
from contract.orders import routes
from tests.live.test_pool import machine_token, pool

__all__ = ["pool"]

ORDER = {"restaurant_id": "trattoria", "quantity": 2}
WAIT_SECONDS = 60


@pytest.fixture
def bearer(session: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {session['access_token']}"}


def test_an_order_is_placed_changed_listed_and_cancelled(api: httpx.Client, bearer: dict[str, str]) -> None:
    placed = api.post("/orders", json=ORDER, headers=bearer)
    location = placed.headers["location"]

    changed = api.put(location, json={**ORDER, "quantity": 3}, headers=bearer)
    listed = api.get("/orders", headers=bearer).json()
    cancelled = api.delete(location, headers=bearer)

    assert (placed.status_code, placed.json()["status"]) == (201, "SUCCESS")
    assert location == f"/orders/{placed.json()['id']}"
    assert listed["orders"][0] == changed.json() == {**placed.json(), "quantity": 3}
    assert (cancelled.status_code, api.get(location, headers=bearer).status_code) == (204, 404)


def test_an_order_is_accepted_and_fulfilled_later(api: httpx.Client, bearer: dict[str, str]) -> None:
    accepted = api.post("/orders", json=ORDER, headers={**bearer, "Prefer": "respond-async"})
    assert (accepted.status_code, accepted.json()["status"]) == (202, "PENDING")

    deadline = time.monotonic() + WAIT_SECONDS
    order = accepted.json()
    while order["status"] == "PENDING" and time.monotonic() < deadline:
        time.sleep(0.2)
        order = api.get(accepted.headers["location"], headers=bearer).json()

    assert order == {**accepted.json(), "status": "SUCCESS"}


@pytest.mark.parametrize("mode", [{}, {"Prefer": "respond-async"}])
def test_a_repeated_key_places_nothing_twice(api: httpx.Client, bearer: dict[str, str], mode: dict[str, str]) -> None:
    headers = {**bearer, **mode, "Idempotency-Key": f"key-{time.time_ns()}"}

    first, again = (api.post("/orders", json=ORDER, headers=headers) for _ in range(2))
    other = api.post("/orders", json={**ORDER, "quantity": 9}, headers=headers)

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_orders_of_another_owner_are_not_found(
    api: httpx.Client, bearer: dict[str, str], pool: str, outputs: dict[str, str]
) -> None:
    location = api.post("/orders", json=ORDER, headers=bearer).headers["location"]
    machine = {"Authorization": f"Bearer {_machine(pool, outputs, routes.ORDERS_WRITE)}"}

    answers = [
        api.get(location, headers=machine),
        api.put(location, json=ORDER, headers=machine),
        api.delete(location, headers=machine),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert api.get(location, headers=bearer).status_code == 200


def test_a_decision_for_one_route_never_opens_another(api: httpx.Client, pool: str, outputs: dict[str, str]) -> None:
    """One token, two routes, and API Gateway's cache of decisions between them."""
    reader = {"Authorization": f"Bearer {_machine(pool, outputs, routes.ORDERS_READ)}"}

    for _ in range(3):
        assert api.get("/orders", headers=reader).status_code == 200
        assert api.post("/orders", json=ORDER, headers=reader).status_code == 403
        assert api.get("/me", headers=reader).status_code == 403


def test_without_a_token_or_with_another_scope_there_are_no_orders(
    api: httpx.Client, pool: str, outputs: dict[str, str]
) -> None:
    hello = {"Authorization": f"Bearer {_machine(pool, outputs, scopes.HELLO_READ)}"}

    assert (api.get("/orders").status_code, api.get("/orders").json()) == (401, {"message": "Unauthorized"})
    assert (api.get("/orders", headers=hello).status_code, api.get("/orders", headers=hello).json()) == (
        403,
        {"message": "Forbidden"},
    )


def _machine(pool: str, outputs: dict[str, str], scope: str) -> Any:
    return machine_token(pool, outputs, scope).json()["access_token"]
