"""A client that nobody here wrote works unchanged: pycognito, by SRP. Another is the `aws` command, in docs/pool.md."""

import httpx
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from pycognito import Cognito

from sallyport.client.stack.target import cloud_url, is_local


@pytest.fixture
def user(outputs: dict[str, str]) -> tuple[str, str]:
    """The test user's name and password."""
    if outputs.get("test_user_password", "[secret]").startswith("["):
        pytest.skip("the outputs hold no test user, or hide the password")
    return outputs["test_user_name"], outputs["test_user_password"]


@pytest.fixture
def library(outputs: dict[str, str], user: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Cognito:
    """The client without keys of AWS; boto3's and pycognito's own variables name the address of a local stack."""
    if is_local(outputs):
        monkeypatch.setenv("AWS_ENDPOINT_URL", cloud_url(outputs))
        monkeypatch.setenv("COGNITO_JWKS", httpx.get(outputs["user_pool_jwks_url"], timeout=30).text)
    return Cognito(
        outputs["user_pool_id"],
        outputs["terminal_client_id"],
        username=user[0],
        botocore_config=Config(signature_version=UNSIGNED),
    )


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


def test_a_user_changes_their_name_and_not_the_address_by_which_the_directory_knows_them(
    library: Cognito, user: tuple[str, str]
) -> None:
    """With no more than the public client: else a user of the pool could take a directory user's address."""
    library.authenticate(password=user[1])

    library.client.update_user_attributes(
        AccessToken=library.access_token, UserAttributes=[{"Name": "name", "Value": "A test"}]
    )
    for attributes in ({"email": "ada@example.com"}, {"email_verified": "true"}, {"name": "x", "email": "a@b.example"}):
        with pytest.raises(ClientError, match="NotAuthorizedException"):
            library.client.update_user_attributes(
                AccessToken=library.access_token,
                UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
            )

    shown = {
        one["Name"]: one["Value"] for one in library.client.get_user(AccessToken=library.access_token)["UserAttributes"]
    }
    assert (shown["email"], shown["name"]) == (user[0], "A test")
