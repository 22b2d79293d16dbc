"""handlers.adapters.authorizer_events: the events that API Gateway documents, and the answer to each."""

import json
from typing import Any

import pytest

from handlers.adapters import authorizer_events
from handlers.adapters.authorizer_events import Authorizer
from handlers.core.tokens import access
from handlers.core.tokens.access import Rule
from handlers.core.tokens.authenticator import Principal, SessionEnded
from handlers.core.tokens.verifier import Reason, Refused

OWN, OTHER = "ownapi", "abcdef123"
ARN = f"arn:aws:execute-api:us-east-1:123456789012:{OTHER}/test"
ISSUER = "https://issuer.example.com"
SCOPES = {"reader": ("Books/read",), "owner": ("account",), "guest": ()}


class Fake:
    """An authenticator that knows three callers by name."""

    def authenticate(self, authorization: str, now: float) -> Principal:
        name = authorization.removeprefix("Bearer ")
        if name == "ended":
            raise SessionEnded
        if name == "broken":
            raise OSError("secret words")
        if name not in SCOPES:
            raise Refused(Reason.SIGNATURE)
        return Principal(
            {"iss": ISSUER, "sub": name, "scope": " ".join(SCOPES[name])}, frozenset(SCOPES[name]), name == "owner"
        )


AUTHORIZER = Authorizer(
    Fake(), OWN, {"GET /me": Rule(("account",), own_only=True)}, access.read_grants(["Books/read GET books/*"])
)
HANDLER = authorizer_events.serve(AUTHORIZER)


def simple(name: str, route: str = "GET /books/{id}", api: str = OTHER, path: str = "books/1") -> dict[str, Any]:
    """Return an event of an HTTP API, payload 2.0, keyed by the route."""
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": f"{ARN}/GET/{path}",
        "identitySource": [f"Bearer {name}", route],
        "routeKey": route,
        "headers": {"authorization": f"Bearer {name}"},
        "requestContext": {"apiId": api},
    }


def policy(name: str) -> dict[str, Any]:
    """Return an event of an HTTP API, payload 2.0, keyed by the token alone."""
    return {**simple(name), "identitySource": [f"Bearer {name}"]}


def version_1(name: str) -> dict[str, Any]:
    """Return an event of an HTTP API, payload 1.0."""
    return {
        "version": "1.0",
        "type": "REQUEST",
        "methodArn": f"{ARN}/GET/books/1",
        "identitySource": f"Bearer {name}",
        "authorizationToken": f"Bearer {name}",
        "resource": "/books/{id}",
        "httpMethod": "GET",
        "headers": {"Authorization": f"Bearer {name}"},
        "requestContext": {"apiId": OTHER},
    }


def rest_request(name: str) -> dict[str, Any]:
    """Return an event of a REST API, `REQUEST`."""
    return {
        "type": "REQUEST",
        "methodArn": f"{ARN}/GET/books/1",
        "resource": "/books/{id}",
        "headers": {"Authorization": f"Bearer {name}"},
        "multiValueHeaders": {"Authorization": [f"Bearer {name}"]},
        "requestContext": {"apiId": OTHER},
    }


def rest_token(name: str) -> dict[str, Any]:
    """Return an event of a REST API, `TOKEN`."""
    return {"type": "TOKEN", "methodArn": f"{ARN}/GET/books/1", "authorizationToken": f"Bearer {name}"}


POLICY_SHAPES = [policy, version_1, rest_request, rest_token]
REST_SHAPES = [rest_request, rest_token]


def effect(answer: dict[str, Any]) -> str:
    return str(answer["policyDocument"]["Statement"][0]["Effect"])


@pytest.mark.parametrize("shape", POLICY_SHAPES)
def test_a_good_token_gets_a_policy_with_a_principal_and_a_context(shape: Any) -> None:
    answer = HANDLER(shape("reader"), None)

    assert answer["principalId"] == f"{ISSUER}|reader"
    assert answer["context"] == {"iss": ISSUER, "sub": "reader", "scope": "Books/read"}
    assert answer["policyDocument"]["Statement"][0]["Resource"] == [f"{ARN}/GET/books/*"]


@pytest.mark.parametrize("shape", POLICY_SHAPES)
def test_too_little_scope_is_denied_by_policy(shape: Any) -> None:
    assert effect(HANDLER(shape("guest"), None)) == "Deny"


@pytest.mark.parametrize("name", ["forged", "ended"])
@pytest.mark.parametrize("shape", REST_SHAPES)
def test_a_rest_api_is_told_unauthorized_by_exactly_that_word(shape: Any, name: str) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        HANDLER(shape(name), None)


@pytest.mark.parametrize("name", ["forged", "ended"])
@pytest.mark.parametrize("shape", [policy, version_1])
def test_an_http_api_is_denied_by_policy(shape: Any, name: str) -> None:
    answer = HANDLER(shape(name), None)

    assert (effect(answer), answer["context"]) == ("Deny", {})


def test_simple_answers_are_for_one_route() -> None:
    assert HANDLER(simple("reader"), None) == {
        "isAuthorized": True,
        "context": {"iss": ISSUER, "sub": "reader", "scope": "Books/read"},
    }
    for refused in (simple("reader", "GET /shelves/{id}"), simple("guest"), simple("forged"), simple("ended")):
        assert HANDLER(refused, None) == {"isAuthorized": False, "context": {}}


def test_our_own_api_goes_by_its_route_table_and_no_other_api_does() -> None:
    assert HANDLER(simple("owner", "GET /me", OWN, "me"), None)["isAuthorized"]
    assert not HANDLER(simple("owner", "GET /me", OTHER, "me"), None)["isAuthorized"]
    assert not HANDLER(simple("reader", "GET /me", OWN, "books/1"), None)["isAuthorized"]
    assert not HANDLER(simple("owner", "GET /forgotten", OWN, "me"), None)["isAuthorized"]


def test_our_own_api_is_answered_simply_however_its_key_is_written() -> None:
    """Another spelling of the route key in the event must not shut everybody out of our own API."""
    odd = {**simple("owner", "GET /me", OWN, "me"), "identitySource": ["bearer owner", "GET /me"]}

    assert HANDLER(odd, None)["isAuthorized"]


def test_the_two_sources_may_stand_in_either_order() -> None:
    given = simple("reader")

    assert HANDLER({**given, "identitySource": given["identitySource"][::-1]}, None)["isAuthorized"]


def test_our_own_api_too_is_answered_by_a_policy_where_the_route_is_not_in_the_key() -> None:
    for sources in (None, ["Bearer owner"]):
        assert "isAuthorized" not in HANDLER({**simple("owner", "GET /me", OWN, "me"), "identitySource": sources}, None)


@pytest.mark.parametrize("route", ["ANY /books/{id}", "ANY /{proxy+}", "GET /{proxy+}", "$default"])
def test_a_simple_answer_is_for_all_that_the_route_stands_for(route: str) -> None:
    """The answer is cached for the route: a reader of books who asked for one could delete it."""
    assert HANDLER(simple("reader", route), None)["isAuthorized"] is False


@pytest.mark.parametrize(
    "sent",
    [
        {"headers": {"authorization": "Bearer reader", "x-tenant": "GET /books/{id}"}},
        {"queryStringParameters": {"tenant": "GET /books/{id}"}},
        {"cookies": ["a=b", "GET /books/{id}"]},
    ],
)
def test_a_caller_cannot_make_another_key_look_like_the_route(sent: dict[str, Any]) -> None:
    """With a header or a parameter as the second identity source, the caller would choose the cache key."""
    assert "isAuthorized" not in HANDLER({**simple("reader"), **sent}, None)


@pytest.mark.parametrize(
    "sources",
    [
        None,
        [],
        ["Bearer reader"],
        ["Bearer reader", "GET /other"],
        ["Bearer reader", "x", "GET /books/{id}"],
    ],
)
def test_without_the_route_in_the_caches_key_no_simple_answer_is_given(sources: Any) -> None:
    """API Gateway would use it for every route of the API."""
    answer = HANDLER({**simple("reader"), "identitySource": sources}, None)

    assert "isAuthorized" not in answer


@pytest.mark.parametrize(
    "change",
    [
        {"multiValueHeaders": {"Authorization": ["Bearer reader", "Bearer reader"]}},
        {"headers": {"Authorization": "Bearer reader", "authorization": "Bearer reader"}, "multiValueHeaders": None},
        {"headers": None, "multiValueHeaders": None},
        {"headers": {"Authorization": None}, "multiValueHeaders": None},
    ],
)
def test_two_authorization_headers_or_none_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        HANDLER({**rest_request("reader"), **change}, None)


@pytest.mark.parametrize("shape", [simple, *POLICY_SHAPES])
def test_what_cannot_be_decided_opens_nothing_and_tells_nothing(shape: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match=r"^the authorizer cannot decide$"):
        HANDLER(shape("broken"), None)

    assert "secret words" not in capsys.readouterr().out


@pytest.mark.parametrize("event", [{}, {"version": "2.0"}, {"type": "TOKEN"}, {"version": "1.0", "headers": 7}])
def test_events_of_no_known_shape_open_nothing(event: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=r"Unauthorized|cannot decide"):
        HANDLER(event, None)


def test_the_log_names_route_and_reason_and_nothing_of_the_callers(capsys: pytest.CaptureFixture[str]) -> None:
    HANDLER(simple("reader"), None)
    HANDLER(simple("guest"), None)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["route"], line["status"], line["reason"]) for line in lines] == [
        ("authorizer GET /books/{id}", 200, "ok"),
        ("authorizer GET /books/{id}", 403, "insufficient_scope"),
    ]


@pytest.mark.parametrize("name", ["reader", "owner", "guest", "forged"])
@pytest.mark.parametrize("sources", [["acme"], ["acme", "GET /books/{id}"], ["GET /books/{id}"], ["Bearer"]])
def test_no_decision_is_shared_by_callers_with_different_tokens(sources: list[str], name: str) -> None:
    """`identitySource: tenant` would cache one caller's decision for every caller of the tenant."""
    with pytest.raises(RuntimeError):
        HANDLER({**policy(name), "identitySource": sources}, None)


@pytest.mark.parametrize("sources", ["", "acme", "acme,eu", "Bearer"])
def test_no_decision_of_payload_1_is_shared_either(sources: str) -> None:
    with pytest.raises(RuntimeError):
        HANDLER({**version_1("reader"), "identitySource": sources}, None)


def test_further_identity_sources_do_no_harm() -> None:
    assert effect(HANDLER({**policy("reader"), "identitySource": ["acme", "Bearer reader"]}, None)) == "Allow"
    assert effect(HANDLER({**version_1("reader"), "identitySource": "acme,Bearer reader"}, None)) == "Allow"


@pytest.mark.parametrize("none", [None, []])
def test_without_identity_sources_nothing_is_remembered(none: Any) -> None:
    assert effect(HANDLER({**policy("reader"), "identitySource": none}, None)) == "Allow"


def test_the_same_subject_of_two_issuers_is_two_principals() -> None:
    context = {"scope": "", "sub": "1"}
    callers = [
        Principal({**context, "iss": issuer}, frozenset(), False)
        for issuer in ("https://a.example", "https://b.example")
    ]

    assert len({authorizer_events._principal_id(caller) for caller in callers}) == 2
