"""handlers.core.tokens.access"""

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.core.tokens import access
from handlers.core.tokens.access import Grant, Method, Rule
from handlers.core.tokens.authenticator import Principal

STAGE = "arn:aws:execute-api:us-east-1:123456789012:abcdef/prod"
GRANTS = access.read_grants(
    ["Books/read GET books/*", "Books/read GET books", "Books/write * *", "Hello GET hello", "Any * bo?ks"]
)


def caller(*scopes: str, own: bool = False) -> Principal:
    return Principal({"sub": "ada"}, frozenset(scopes), own)


def method(verb: str, path: str) -> Method:
    return access.read_method(f"{STAGE}/{verb}/{path}")


def test_any_one_scope_of_the_rule_is_enough_and_none_is_not() -> None:
    rule = Rule(("a", "b"), own_only=False)

    assert rule.admits(caller("x", "b"))
    assert not rule.admits(caller("x"))
    assert not rule.admits(caller())


def test_a_rule_for_our_own_takes_nobody_elses_scope() -> None:
    rule = Rule(("account",), own_only=True)

    assert rule.admits(caller("account", own=True))
    assert not rule.admits(caller("account"))


def test_the_policy_allows_what_the_scopes_open_in_this_stage_and_no_other() -> None:
    document = access.policy(GRANTS, caller("Books/read"), method("POST", "anything"))

    assert document == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "execute-api:Invoke",
                "Resource": [f"{STAGE}/GET/books", f"{STAGE}/GET/books/*"],
            }
        ],
    }


def test_all_and_one_verb_and_one_resource() -> None:
    everything = access.policy(GRANTS, caller("Books/write"), method("GET", ""))["Statement"][0]
    one = access.policy(GRANTS, caller("Hello"), method("GET", ""))["Statement"][0]

    assert everything["Resource"] == [f"{STAGE}/*/*"]
    assert one["Resource"] == [f"{STAGE}/GET/hello"]


@pytest.mark.parametrize("who", [None, caller(), caller("unheard of")])
def test_whoever_holds_no_scope_is_denied_everything(who: Principal | None) -> None:
    (statement,) = access.policy(GRANTS, who, method("GET", "books"))["Statement"]

    assert (statement["Effect"], statement["Resource"]) == ("Deny", [f"{STAGE}/*"])


def test_the_policy_is_the_same_whatever_route_is_asked_for() -> None:
    """So it stays right when it is remembered for the token and asked of another route."""
    policies = [
        access.policy(GRANTS, caller("Books/read"), method(verb, path))
        for verb in ("GET", "POST", "DELETE")
        for path in ("books", "books/1", "hello", "")
    ]

    assert all(document == policies[0] for document in policies)


ROUTES = [
    "GET /books",
    "GET /books/{id}",
    "ANY /books/{id}",
    "GET /{proxy+}",
    "ANY /{proxy+}",
    "$default",
    "POST /books",
]


@pytest.mark.parametrize(
    ("grant", "opened"),
    [
        ("s GET *", {"GET /books", "GET /books/{id}", "GET /{proxy+}"}),
        ("s GET books/*", {"GET /books/{id}"}),
        ("s GET books/public*", set()),
        ("s GET books/????", set()),
        ("s GET books/?", set()),
        ("s GET books", {"GET /books"}),
        ("s * books", {"GET /books", "POST /books"}),
        ("s * books/*", {"GET /books/{id}", "ANY /books/{id}"}),
        ("s * *", set(ROUTES)),
    ],
)
def test_a_route_is_opened_by_what_opens_all_that_it_stands_for(grant: str, opened: set[str]) -> None:
    """The answer is remembered for the route: the next request may have another verb and another id."""
    grants = access.read_grants([grant])

    found = {key for key in ROUTES if access.is_granted(grants, caller("s"), access.read_route(STAGE, key))}

    assert found == opened


def test_a_grant_of_every_verb_opens_no_longer_path() -> None:
    """In a resource `*` matches slashes: `stage/*/books` would open `stage/DELETE/admin/books`."""
    document = access.policy(access.read_grants(["s * books"]), caller("s"), method("GET", "books"))
    (statement,) = document["Statement"]

    assert not any(fnmatch.fnmatchcase(f"{STAGE}/DELETE/admin/books", one) for one in statement["Resource"])
    assert f"{STAGE}/DELETE/books" in statement["Resource"]


@given(
    st.lists(st.sampled_from(["Books/read", "Books/write", "Hello", "Any", "x"])),
    st.sampled_from(["GET", "POST", "HEAD"]),
    st.text("bok/s*?helo1", max_size=12),
)
def test_the_simple_answer_is_what_the_policy_says_of_that_route(scopes: list[str], verb: str, path: str) -> None:
    asked = method(verb, path)
    (statement,) = access.policy(GRANTS, caller(*scopes), asked)["Statement"]
    arn = f"{asked.stage_arn}/{asked.verb}/{asked.path}"

    by_policy = statement["Effect"] == "Allow" and any(
        fnmatch.fnmatchcase(arn, resource) for resource in statement["Resource"]
    )

    assert access.is_granted(GRANTS, caller(*scopes), asked) == by_policy


@pytest.mark.parametrize("line", ["", "Books/read", "Books/read GET", "Books/read get books", "a GET b c"])
def test_what_is_no_grant_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not a grant"):
        access.read_grants([line])


def test_a_leading_slash_makes_no_difference() -> None:
    assert access.read_grants(["a GET /b"]) == (Grant("a", "GET", "b"),)
