"""handlers.core.gate"""

from typing import Any

import pytest
from jwt.algorithms import RSAAlgorithm

from handlers.core.gate import MAX_REMEMBERED, SESSION_SECONDS, Gate
from handlers.core.key_sets import KeyCache
from tests.core.tokens import KID, NOW, POLICY, PRIVATE, token

ROUTES = {"GET /me": ("account",), "GET /admin": ("admin", "root")}


class Sessions:
    """Answers one address for every live session, and counts how often it is asked."""

    def __init__(self) -> None:
        self.email: str | None = "ada@example.com"
        self.asked = 0

    def email_of_live(self, user_id: str, session_id: str, now: int) -> str | None:
        self.asked += 1
        return self.email


def gate(sessions: Sessions) -> Gate:
    jwk = RSAAlgorithm.to_jwk(PRIVATE.public_key(), as_dict=True) | {"kid": KID, "use": "sig", "alg": "RS256"}
    return Gate(POLICY, KeyCache(lambda: {"keys": [jwk]}), sessions, ROUTES)


def test_a_live_session_with_the_scope_is_let_in_and_described() -> None:
    decision = gate(Sessions()).decide(f"Bearer {token()}", "GET /me", NOW)

    assert decision.allowed
    assert decision.context == {
        "sub": "u" * 32,
        "sid": "s" * 32,
        "email": "ada@example.com",
        "scope": "account",
        "amr": "pwd",
        "auth_time": str(NOW),
        "iss": POLICY.issuer,
    }


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer", "bEaReR"])
def test_the_scheme_may_be_written_in_any_case(scheme: str) -> None:
    assert gate(Sessions()).decide(f"{scheme} {token()}", "GET /me", NOW).allowed


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        token(),
        f"Basic {token()}",
        f"Bearer  {token()}",
        f"Bearer {token()},Bearer {token()}",
        f"Bearer {token()} x",
        "Bearer \ud800",
        f"Token {token()}",
    ],
)
def test_other_headers_are_malformed(header: str) -> None:
    decision = gate(Sessions()).decide(header, "GET /me", NOW)

    assert (decision.allowed, decision.reason, decision.context) == (False, "malformed", {})


def test_an_ended_session_is_refused() -> None:
    sessions = Sessions()
    sessions.email = None

    assert gate(sessions).decide(f"Bearer {token()}", "GET /me", NOW).reason == "session_ended"


def test_any_one_scope_of_the_route_is_enough_and_none_is_not() -> None:
    guard = gate(Sessions())

    assert guard.decide(f"Bearer {token(scope='x root')}", "GET /admin", NOW).allowed
    assert guard.decide(f"Bearer {token()}", "GET /admin", NOW).reason == "insufficient_scope"
    assert guard.decide(f"Bearer {token(scope='')}", "GET /me", NOW).reason == "insufficient_scope"


def test_a_route_that_nobody_declared_is_opened_by_no_token() -> None:
    assert not gate(Sessions()).decide(f"Bearer {token()}", "GET /forgotten", NOW).allowed


def test_what_opened_one_route_is_judged_anew_for_another() -> None:
    guard = gate(Sessions())
    good = f"Bearer {token()}"

    assert guard.decide(good, "GET /me", NOW).allowed
    assert not guard.decide(good, "GET /admin", NOW).allowed


def test_a_repeated_token_is_not_asked_about_again_inside_the_bound() -> None:
    sessions = Sessions()
    guard = gate(sessions)

    for second in range(SESSION_SECONDS):
        assert guard.decide(f"Bearer {token(jti='same')}", "GET /me", NOW + second).allowed

    assert sessions.asked == 1


def test_after_the_bound_an_ended_session_is_noticed() -> None:
    sessions = Sessions()
    guard = gate(sessions)
    good = f"Bearer {token()}"
    guard.decide(good, "GET /me", NOW)
    sessions.email = None

    assert guard.decide(good, "GET /me", NOW + SESSION_SECONDS - 1).allowed
    assert not guard.decide(good, "GET /me", NOW + SESSION_SECONDS).allowed


def test_a_remembered_token_expires_all_the_same() -> None:
    guard = gate(Sessions())
    short = f"Bearer {token(exp=NOW + 2)}"

    assert guard.decide(short, "GET /me", NOW + 1).allowed
    assert guard.decide(short, "GET /me", NOW + 2).reason == "expired"


def test_memory_is_bounded() -> None:
    guard = gate(Sessions())
    for count in range(MAX_REMEMBERED + 10):
        guard._remember(count.to_bytes(4), NOW + 1, None)  # type: ignore[arg-type]

    assert len(guard._remembered) == MAX_REMEMBERED


@pytest.mark.parametrize("changes", [{"amr": "pwd"}, {"amr": [1]}, {"scope": None}, {"scope": ["account"]}, {"sid": 1}])
def test_claims_of_the_wrong_shape_are_refused(changes: dict[str, Any]) -> None:
    assert gate(Sessions()).decide(f"Bearer {token(**changes)}", "GET /me", NOW).reason == "claims"


def test_a_fault_below_opens_nothing() -> None:
    class Broken(Sessions):
        def email_of_live(self, user_id: str, session_id: str, now: int) -> str | None:
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        gate(Broken()).decide(f"Bearer {token()}", "GET /me", NOW)
