"""A client that nobody here wrote works unchanged: pycognito, by SRP. Another is the `aws` command, in docs/pool.md."""

import httpx
import pytest
from botocore.exceptions import ClientError
from pycognito import Cognito

from client.stack import here
from client.target import cloud_url, is_local


@pytest.fixture
def user(outputs: dict[str, str]) -> tuple[str, str]:
    """The test user's name and password."""
    if outputs.get("test_user_password", "[secret]").startswith("["):
        pytest.skip("the outputs hold no test user, or hide the password")
    return outputs["test_user_name"], outputs["test_user_password"]


@pytest.fixture
def library(
    outputs: dict[str, str], user: tuple[str, str], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Cognito:
    """As its own README says; where the stack is local, boto3's and pycognito's own variables say where."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "unused")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "unused")
    if is_local(outputs):
        local = here() if request.config.getoption("--outputs") else request.getfixturevalue("stack")
        monkeypatch.setenv("AWS_ENDPOINT_URL", cloud_url(outputs))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", local.cloud.keys.access_key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", local.cloud.keys.secret_access_key)
        monkeypatch.setenv("COGNITO_JWKS", httpx.get(outputs["user_pool_jwks_url"], timeout=30).text)
    return Cognito(outputs["user_pool_id"], outputs["terminal_client_id"], username=user[0])


def test_it_signs_in_by_srp_verifies_the_tokens_and_refreshes(
    api: httpx.Client, library: Cognito, user: tuple[str, str], outputs: dict[str, str]
) -> None:
    library.authenticate(password=user[1])
    first = library.access_token

    library.renew_access_token()

    assert library.access_token != first
    assert library.access_claims["iss"] == outputs["user_pool_issuer"]
    assert library.get_user().email == user[0]
    for token in (first, library.access_token):
        assert api.get("/orders", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_an_id_token_is_no_access_token(api: httpx.Client, library: Cognito, user: tuple[str, str]) -> None:
    library.authenticate(password=user[1])
    header = {"Authorization": f"Bearer {library.id_token}"}

    assert api.get("/orders", headers=header).status_code == 403
    assert api.get("/hello", headers=header).status_code == 403


def test_a_wrong_password_is_refused(library: Cognito) -> None:
    with pytest.raises(ClientError, match="NotAuthorizedException"):
        library.authenticate(password="not the password")
