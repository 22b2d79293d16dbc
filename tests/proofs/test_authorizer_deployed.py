"""The deployed authorizer and the pool's own authorizer, asked with tokens that are nearly good.

Tokens of our own issuer are signed here with the stage's real key; those of pools are real ones.
"""

import importlib
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest

from handlers.core.tokens import signing_keys
from sallyport.client.stack.local_stack import LocalStack
from tests.support.handlers import Handlers
from tests.support.issuer import Issuer

PASSWORD = "a long enough password 1"
NOT_BEFORE_SKEW_SECONDS = 60


@pytest.fixture(scope="module")
def api(stack: LocalStack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=str(stack.state.outputs["api_url"]), timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def good(handlers: Handlers) -> dict[str, Any]:
    """The claims of a live session."""
    token = handlers.user().sign_in()["access_token"]
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


@pytest.fixture(scope="module")
def sign(handlers: Handlers) -> Any:
    """Return a function that signs claims with the stage's key."""
    secret = handlers.stack.aws("secretsmanager").get_secret_value(
        SecretId=handlers.environment["SIGNING_KEYS_SECRET_ID"]
    )
    kid, key = signing_keys.signing_key(json.loads(secret["SecretString"]))
    return lambda claims, typ="at+jwt": jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid, "typ": typ})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_the_same_claims_signed_again_are_good(api: httpx.Client, good: dict[str, Any], sign: Any) -> None:
    """The tokens below are then refused for the one claim that differs."""
    assert api.get("/me", headers=bearer(sign(good))).status_code == 200


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("expired by a second", {"exp": -1}),
        ("not yet valid", {"nbf": NOT_BEFORE_SKEW_SECONDS}),
        ("issued in the future", {"iat": NOT_BEFORE_SKEW_SECONDS}),
    ],
)
def test_tokens_out_of_their_time_are_refused(
    api: httpx.Client, good: dict[str, Any], sign: Any, name: str, changed: dict[str, int]
) -> None:
    times = {claim: int(time.time()) + seconds for claim, seconds in changed.items()}

    assert api.get("/me", headers=bearer(sign({**good, **times}))).status_code == 403, name


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "sallyport-prod"},
        {"iss": "https://another-stage.example.com"},
        {"token_use": "id"},
        {"sid": "0" * 32},
        {"sub": "0" * 32},
        {"scope": "openid"},
        {"scope": ""},
    ],
)
def test_tokens_of_another_stage_use_session_user_or_scope_are_refused(
    api: httpx.Client, good: dict[str, Any], sign: Any, changed: dict[str, str]
) -> None:
    assert api.get("/me", headers=bearer(sign({**good, **changed}))).status_code == 403


def test_our_own_tokens_of_another_type_are_refused(api: httpx.Client, good: dict[str, Any], sign: Any) -> None:
    """Source: RFC 9068 §4."""
    assert api.get("/me", headers=bearer(sign(good, typ="JWT"))).status_code == 403


def test_a_hundred_kilobytes_are_refused(api: httpx.Client, good: dict[str, Any], sign: Any) -> None:
    large = sign({**good, "padding": "x" * 75_000})

    assert len(large) > 100_000
    for path in ("/me", "/hello"):
        assert api.get(path, headers=bearer(large)).status_code in (400, 401, 403, 431, 494)


def test_two_headers_and_odd_schemes(api: httpx.Client, good: dict[str, Any], sign: Any) -> None:
    header = f"Bearer {sign(good)}"

    assert api.get("/me", headers={"Authorization": header.replace("Bearer", "bEARER")}).status_code == 200
    assert api.get("/me", headers={"Authorization": header.replace("Bearer", "Basic")}).status_code == 403
    assert api.get("/me", headers={"Authorization": header.removeprefix("Bearer ")}).status_code == 403
    assert api.get("/me", headers=[("Authorization", header)] * 2).status_code in (400, 403)


class Pool:
    """A pool with a client and a user, whose tokens have all scopes that a password can get."""

    def __init__(self, stack: LocalStack, pool_id: str | None = None) -> None:
        self._cognito = stack.aws("cognito-idp")
        self.id = pool_id or self._cognito.create_user_pool(PoolName="another")["UserPool"]["Id"]
        flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        client = self._cognito.create_user_pool_client(
            UserPoolId=self.id, ClientName="another", ExplicitAuthFlows=flows
        )
        self.client = client["UserPoolClient"]["ClientId"]

    def tokens(self, username: str, password: str) -> dict[str, str]:
        answer = self._cognito.admin_initiate_auth(
            UserPoolId=self.id,
            ClientId=self.client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password},
        )
        tokens: dict[str, str] = answer["AuthenticationResult"]
        return tokens

    def user(self, username: str) -> dict[str, str]:
        self._cognito.admin_create_user(UserPoolId=self.id, Username=username, MessageAction="SUPPRESS")
        self._cognito.admin_set_user_password(
            UserPoolId=self.id, Username=username, Password=PASSWORD + "A!", Permanent=True
        )
        return self.tokens(username, PASSWORD + "A!")


def test_tokens_of_another_pool_are_refused(stack: LocalStack, api: httpx.Client) -> None:
    tokens = Pool(stack).user("mallory")

    for token in (tokens["AccessToken"], tokens["IdToken"]):
        assert api.get("/hello", headers=bearer(token)).status_code == 401
        assert api.get("/orders", headers=bearer(token)).status_code == 403


def test_tokens_of_another_client_of_our_pool_are_refused(stack: LocalStack, api: httpx.Client) -> None:
    outputs = stack.state.outputs
    other = Pool(stack, outputs["user_pool_id"])
    tokens = other.tokens(outputs["test_user_name"], outputs["test_user_password"])

    for token in (tokens["AccessToken"], tokens["IdToken"]):
        assert api.get("/hello", headers=bearer(token)).status_code == 401
        assert api.get("/orders", headers=bearer(token)).status_code == 403


def test_refusals_of_the_pools_authorizer_say_what_was_expected(stack: LocalStack, api: httpx.Client) -> None:
    machine = stack.state.outputs
    form = {"grant_type": "client_credentials", "scope": "OrdersAPI/orders.read"}
    credentials = (machine["machine_client_id"], machine["machine_client_secret"])
    token = httpx.post(f"{machine['hosted_ui_url']}/oauth2/token", data=form, auth=credentials, timeout=30).json()

    nothing, wrong = api.get("/hello"), api.get("/hello", headers=bearer(token["access_token"]))

    assert (nothing.status_code, nothing.headers["www-authenticate"]) == (401, "Bearer")
    assert wrong.status_code == 403
    assert (
        'scope="HelloAPI/hello.read HelloAPI/hello.write" error="insufficient_scope"'
        in wrong.headers["www-authenticate"]
    )


def test_another_issuer_is_trusted_when_the_configuration_names_it(handlers: Handlers, trusting: Any) -> None:
    """An issuer on this machine, found by its metadata; the authorizer's own module with its environment changed."""
    with Issuer() as issuer:
        authorizer = trusting(f"{issuer.url} orders-api", f"{issuer.url} books-api")
        now = int(time.time())
        claims = {"iss": issuer.url, "aud": "orders-api", "sub": "u", "iat": now, "exp": now + 60}
        token = issuer.sign({**claims, "scope": "OrdersAPI/orders.read"})

        assert _asks(authorizer, handlers, token, "GET /orders")
        books = issuer.sign({**claims, "aud": "books-api", "scope": "OrdersAPI/orders.read"})
        assert _asks(authorizer, handlers, books, "GET /orders"), "an issuer may be trusted for several audiences"
        assert not _asks(authorizer, handlers, token, "POST /orders")
        assert not _asks(authorizer, handlers, issuer.sign({**claims, "scope": "account"}), "GET /me")
        for changed in ({"aud": "another"}, {"exp": now - 1}, {"nonce": "of an id token"}, {"sub": ""}):
            assert not _asks(
                authorizer,
                handlers,
                issuer.sign({**claims, "scope": "OrdersAPI/orders.read", **changed}),
                "GET /orders",
            )
        issuer.rotate()
        assert not _asks(authorizer, handlers, issuer.sign({**claims, "sub": "v"}), "POST /orders")


def test_an_issuer_that_does_not_answer_opens_nothing_and_breaks_nobody_else(
    handlers: Handlers, good: dict[str, Any], sign: Any, trusting: Any
) -> None:
    dead = "http://127.0.0.1:9"
    authorizer = trusting(f"{dead} orders-api")
    now = int(time.time())

    with pytest.raises(RuntimeError, match="cannot decide"):
        _asks(
            authorizer,
            handlers,
            sign({"iss": dead, "aud": "orders-api", "sub": "u", "iat": now, "exp": now + 60}),
            "GET /orders",
        )
    assert _asks(authorizer, handlers, sign(good), "GET /orders")


@pytest.fixture
def trusting(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Import the authorizer's module anew with more trusted issuers; restore it afterwards."""

    def make(*lines: str) -> Any:
        monkeypatch.setenv("TRUSTED_ISSUERS", json.dumps(lines))
        return importlib.reload(handlers.module("authorizer"))

    yield make
    monkeypatch.undo()
    importlib.reload(handlers.module("authorizer"))


def _asks(authorizer: Any, handlers: Handlers, token: str, route: str) -> bool:
    event = {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": f"arn:aws:execute-api:us-east-1:000000000000:sallyport/$default/{route.replace(' /', '/')}",
        "identitySource": [f"Bearer {token}", route],
        "routeKey": route,
        "headers": {"authorization": f"Bearer {token}"},
        "requestContext": {"apiId": handlers.environment["API_ID"]},
    }
    allowed: bool = authorizer.handler(event, None)["isAuthorized"]
    return allowed
