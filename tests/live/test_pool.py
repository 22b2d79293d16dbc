"""The OIDC handlers as far as it is open: tokens of the user pool on a route that asks for its scopes.

Needs the stack's machine client: on a stack that is not local, outputs with --show-secrets.
"""

import httpx
import pytest

from contract import scopes
from sallyport.client.checks import smoke


@pytest.fixture(scope="session")
def pool(outputs: dict[str, str]) -> str:
    if outputs["machine_client_secret"].startswith("["):
        pytest.skip("the outputs hide the machine client's secret")
    return outputs["hosted_ui_url"]


def machine_token(pool: str, outputs: dict[str, str], scope: str) -> httpx.Response:
    return httpx.post(
        f"{pool}/oauth2/token",
        data={"grant_type": "client_credentials", "scope": scope},
        auth=(outputs["machine_client_id"], outputs["machine_client_secret"]),
        timeout=30,
    )


@pytest.mark.parametrize("scope", [scopes.HELLO_READ, scopes.HELLO_WRITE, f"{scopes.HELLO_READ} {scopes.HELLO_WRITE}"])
def test_either_scope_opens_hello(api: httpx.Client, pool: str, outputs: dict[str, str], scope: str) -> None:
    token = machine_token(pool, outputs, scope).json()["access_token"]

    answer = api.get("/hello", headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.json()) == (200, {"message": "hello world"})


def test_the_authorizer_turns_tokens_of_the_pool_away_from_accounts(
    api: httpx.Client, pool: str, outputs: dict[str, str]
) -> None:
    token = machine_token(pool, outputs, scopes.HELLO_READ).json()["access_token"]

    assert api.get("/me", headers={"Authorization": f"Bearer {token}"}).status_code == 403


def test_hello_turns_tokens_of_the_directory_away(api: httpx.Client, visitor: smoke.Visitor) -> None:
    tokens = api.post("/signin", json=visitor.credentials).json()

    assert api.get("/hello", headers={"Authorization": f"Bearer {tokens['access_token']}"}).status_code == 401


def test_a_wrong_client_secret_gets_no_token(pool: str, outputs: dict[str, str]) -> None:
    wrong = {**outputs, "machine_client_secret": "wrong"}

    assert machine_token(pool, wrong, scopes.HELLO_READ).status_code in (400, 401)
