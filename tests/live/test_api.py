"""The API handlers from outside."""

import json
import time
from typing import Any

import httpx
import jwt
import pytest

from contract.route import PoolScopes, Public, Session, Trusted
from contract.routes import ROUTES
from sallyport.client.checks import smoke


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_every_promise_of_smoke_is_kept(newcomer: smoke.Visitor) -> None:
    kept = [check() for _, check in smoke.checks(newcomer)]

    assert len(kept) == 30


def test_an_independent_library_verifies_our_tokens_by_discovery(
    api: httpx.Client, session: dict[str, str], outputs: dict[str, str]
) -> None:
    metadata = api.get("/.well-known/openid-configuration").json()
    keys = jwt.PyJWKSet.from_dict(api.get("/.well-known/jwks.json").json())
    token = session["access_token"]
    kid = jwt.get_unverified_header(token)["kid"]

    claims = jwt.decode(
        token, keys[kid], algorithms=["RS256"], issuer=metadata["issuer"], audience=f"sallyport-{outputs['stage']}"
    )

    assert set(claims) == {
        "iss", "aud", "sub", "sid", "client_id", "scope", "amr", "acr", "auth_time", "token_use", "jti", "iat", "exp",
    }  # fmt: skip
    assert (claims["token_use"], claims["amr"], claims["exp"] - claims["iat"]) == ("access", ["pwd"], 900)


def test_answers_are_not_stored_unless_they_are_public_metadata(api: httpx.Client, session: dict[str, str]) -> None:
    private = [api.post("/signin", json={}), api.get("/me", headers=bearer(session["access_token"]))]
    public = [api.get(path) for path in ("/.well-known/jwks.json", "/openapi.json")]

    assert {answer.headers["cache-control"] for answer in private} == {"no-store"}
    assert {answer.headers["cache-control"] for answer in public} == {"public, max-age=300"}


def test_guarded_routes_refuse_strangers_and_public_ones_do_not_ask(api: httpx.Client) -> None:
    for route in ROUTES:
        answer = api.request(route.method, route.path)
        status, is_offered = answer.status_code, "no_such_factor" not in answer.text
        match route.guard:
            case Public():
                assert status in (200, 202, 400) or not is_offered, route.key
            case Session() | Trusted() | PoolScopes():
                assert status == 401, route.key


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer .",
        "Bearer x",
        "Bearer a.b.c",
        "Basic dXNlcjpwYXNz",
        "Bearer " + "A" * 9000,
        "Bearer " + "." * 50,
    ],
)
def test_malformed_tokens_are_turned_away_and_never_a_fault(api: httpx.Client, header: str) -> None:
    assert api.get("/me", headers={"Authorization": header}).status_code in (401, 403)


def test_tokens_that_are_nearly_good_are_turned_away(api: httpx.Client, session: dict[str, str]) -> None:
    head, payload, signature = session["access_token"].split(".")
    nearly = [
        f"{head}.{payload}.",
        f"{head}.{payload}",
        f"{head}.{payload}.{signature}=",
        f"{head}.{payload}.{signature}.{signature}",
        f"{payload}.{payload}.{signature}",
        f"{head}.{payload}.{signature[::-1]}",
        session["refresh_token"],
        jwt.encode({"sub": "x"}, "secret" * 8, algorithm="HS256"),
        jwt.encode({"sub": "x"}, "", algorithm="none"),
    ]

    statuses = [api.get("/me", headers=bearer(token)).status_code for token in nearly]

    assert statuses == [403] * len(nearly)


def test_two_authorization_headers_are_turned_away(api: httpx.Client, session: dict[str, str]) -> None:
    good = f"Bearer {session['access_token']}"

    answer = api.get("/me", headers=[("Authorization", good), ("Authorization", good)])

    assert answer.status_code in (400, 403)


def test_the_scheme_may_be_written_in_any_case(api: httpx.Client, session: dict[str, str]) -> None:
    answer = api.get("/me", headers={"Authorization": f"bEARER {session['access_token']}"})

    assert answer.status_code == 200


def test_sign_out_ends_this_session_and_no_other(
    api: httpx.Client, visitor: smoke.Visitor, session: dict[str, str]
) -> None:
    other = api.post("/signin", json=visitor.credentials).json()

    assert api.post("/signout", headers=bearer(session["access_token"])).status_code == 204

    assert api.post("/refresh", json={"refresh_token": session["refresh_token"]}).status_code == 401
    assert api.get("/me", headers=bearer(other["access_token"])).status_code == 200


def test_an_access_token_outlives_its_session_by_the_bound_at_most(
    api: httpx.Client, session: dict[str, str], outputs: dict[str, str]
) -> None:
    header = bearer(session["access_token"])
    assert api.get("/me", headers=header).status_code == 200
    assert api.post("/signout", headers=header).status_code == 204
    signed_out = time.monotonic()

    while api.get("/me", headers=header).status_code != 403:
        assert time.monotonic() - signed_out < int(outputs["revocation_seconds"]) + 1
        time.sleep(1)


BODIES: dict[str, bytes] = {
    "empty": b"",
    "not UTF-8": b'{"email": "\xff\xfe@example.com", "password": "x"}',
    "NUL": b'{"email": "a\x00@example.com", "password": "x"}',
    "escaped NUL": b'{"email": "a\\u0000@example.com", "password": "x"}',
    "lone surrogate": b'{"email": "\\ud800@example.com", "password": "x"}',
    "deep": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "extra field": json.dumps({"email": "a@example.com", "password": "x" * 20, "admin": True}).encode(),
    "wrong type": b'{"email": ["a@example.com"], "password": 7}',
    "large": b'{"email": "' + b"a" * 20_000 + b'"}',
    "10 MB": b"x" * 10_000_000,
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/octet-stream"])
def test_bad_bodies_are_refused_in_a_sentence(api: httpx.Client, name: str, content_type: str) -> None:
    answer = api.post("/signup", content=BODIES[name], headers={"content-type": content_type})

    assert answer.status_code in (400, 413)
    assert answer.json()["message"]


def test_routes_that_do_not_exist_are_not_found(api: httpx.Client) -> None:
    assert api.get("/nothing").status_code == 404
    assert api.get("/signup").status_code == 404


def test_the_openapi_document_tells_every_route_and_its_guard(api: httpx.Client) -> None:
    document: dict[str, Any] = api.get("/openapi.json").json()

    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == {(route.method, route.path) for route in ROUTES}
    assert document["openapi"] == "3.1.0"
    assert document["paths"]["/me"]["get"]["security"] == [{"session": ["account"]}]
    assert document["paths"]["/signup"]["post"]["security"] == []
    assert document["components"]["schemas"]["SignUp"]["additionalProperties"] is False
