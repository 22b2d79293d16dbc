"""handlers.core.tokens.authenticator"""

import dataclasses
from typing import Any

import pytest
from jwt.algorithms import RSAAlgorithm

from handlers.core.accounts.users import Profile
from handlers.core.sessions.sessions import Session
from handlers.core.tokens.authenticator import (
    MAX_CACHED,
    OwnSessions,
    ScopeChanged,
    SessionEnded,
    TokenAuthenticator,
    TrustedIssuer,
)
from handlers.core.tokens.jwks import KeyCache, KeysUnavailable
from handlers.core.tokens.verifier import Policy, Refused
from tests.support.sessions import started
from tests.support.tokens import KID, NOW, OTHER_PRIVATE, POLICY, PRIVATE, token

POOL = Policy(
    issuer="https://pool.example.com",
    audiences=frozenset({"terminal", "machine"}),
    audience_claim="client_id",
    token_use="access",
)
FOREIGN = Policy(issuer="https://idp.example.org", audiences=frozenset({"orders"}), token_use=None, skew_seconds=60)


ROLES = {"user": ("account",), "admin": ("admin",)}
CACHE_SECONDS = 5
ADDRESS = "https://api.example.com"
"""What applications know our issuer by."""
FORMER = dataclasses.replace(POLICY, issuer="https://former.example.com/api")


class Sessions:
    """A session store that returns one user for every live session, and counts its calls."""

    def __init__(self) -> None:
        self.is_alive = True
        self.roles: tuple[str, ...] = ("user",)
        self.asked = 0

    def live_session(self, user_id: str, session_id: str) -> tuple[Profile, Session] | None:
        self.asked += 1
        profile = Profile(user_id, "ada@example.com", disabled=False, roles=self.roles)
        return (profile, started(user_id, now=NOW).session) if self.is_alive else None


def published(key: Any = PRIVATE, kid: str = KID) -> KeyCache:
    jwk = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "use": "sig", "alg": "RS256"}
    return KeyCache(lambda: {"keys": [jwk]})


def own_issuer(sessions: Sessions) -> TrustedIssuer:
    return TrustedIssuer(POLICY, published(), OwnSessions(sessions, ROLES, ADDRESS))


def authenticator(sessions: Sessions) -> TokenAuthenticator:
    """An authenticator with our issuer and two more; the pool has a key of its own."""
    return TokenAuthenticator(
        [
            own_issuer(sessions),
            TrustedIssuer(POOL, published(OTHER_PRIVATE)),
            TrustedIssuer(FOREIGN, published()),
        ],
        CACHE_SECONDS,
    )


def refusal(guard: TokenAuthenticator, header: str, now: float = NOW) -> str:
    """Return the reason of the refusal."""
    with pytest.raises((Refused, SessionEnded, ScopeChanged)) as refused:
        guard.authenticate(header, now)
    return refused.value.reason.value if isinstance(refused.value, Refused) else type(refused.value).__name__


def pool_token(key: Any = OTHER_PRIVATE, **changes: Any) -> str:
    """Return a token in the form of Cognito's."""
    claims = {
        "iss": POOL.issuer,
        "aud": None,
        "client_id": "terminal",
        "sid": None,
        "amr": None,
        "scope": "Orders/read",
    }
    return token(key, **{**claims, **changes})


def test_a_live_session_is_known_and_described() -> None:
    caller = authenticator(Sessions()).authenticate(f"Bearer {token()}", NOW)

    assert (caller.is_own, caller.scopes) == (True, frozenset({"account"}))
    assert caller.context == {
        "sub": "u" * 32,
        "sid": "s" * 32,
        "email": "ada@example.com",
        "scope": "account",
        "amr": "pwd",
        "auth_time": str(NOW),
        "iss": ADDRESS,
    }


def test_a_former_name_of_our_issuer_is_ours_to_applications_and_vouches_for_no_other_key() -> None:
    sessions = Sessions()
    own = own_issuer(sessions)
    guard = TokenAuthenticator([own, TrustedIssuer(FORMER, own.keys, own.sessions)], CACHE_SECONDS)

    caller = guard.authenticate(f"Bearer {token(iss=FORMER.issuer)}", NOW)

    assert caller.is_own
    assert caller.context == guard.authenticate(f"Bearer {token()}", NOW).context
    assert refusal(guard, f"Bearer {token(OTHER_PRIVATE, iss=FORMER.issuer)}") == "signature"
    assert refusal(guard, f"Bearer {token(iss='https://other.example.com')}") == "issuer"
    sessions.is_alive = False
    assert refusal(guard, f"Bearer {token(iss=FORMER.issuer)}", NOW + CACHE_SECONDS) == "SessionEnded"


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer", "bEaReR"])
def test_the_scheme_may_be_written_in_any_case(scheme: str) -> None:
    assert authenticator(Sessions()).authenticate(f"{scheme} {token()}", NOW).is_own


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
    assert refusal(authenticator(Sessions()), header) == "malformed"


def test_an_ended_session_is_refused() -> None:
    sessions = Sessions()
    sessions.is_alive = False

    assert refusal(authenticator(sessions), f"Bearer {token()}") == "SessionEnded"


def test_a_repeated_token_is_not_asked_about_again_inside_the_bound() -> None:
    sessions = Sessions()
    guard = authenticator(sessions)

    for second in range(CACHE_SECONDS):
        guard.authenticate(f"Bearer {token(jti='same')}", NOW + second)

    assert sessions.asked == 1


def test_after_the_bound_an_ended_session_is_noticed() -> None:
    sessions = Sessions()
    guard = authenticator(sessions)
    good = f"Bearer {token()}"
    guard.authenticate(good, NOW)
    sessions.is_alive = False

    assert guard.authenticate(good, NOW + CACHE_SECONDS - 1)
    assert refusal(guard, good, NOW + CACHE_SECONDS) == "SessionEnded"


def test_without_a_cache_every_token_is_asked_about() -> None:
    sessions = Sessions()
    guard = TokenAuthenticator([own_issuer(sessions)], 0)
    good = f"Bearer {token()}"
    guard.authenticate(good, NOW)
    sessions.is_alive = False

    assert refusal(guard, good, NOW) == "SessionEnded"


@pytest.mark.parametrize("roles", [("user", "admin"), ("admin",)])
def test_a_token_with_other_scopes_than_its_user_has_now_is_refused(roles: tuple[str, ...]) -> None:
    """Both for a role that was given and for one that was taken: the client refreshes."""
    sessions = Sessions()
    sessions.roles = roles

    assert refusal(authenticator(sessions), f"Bearer {token()}") == "ScopeChanged"
    assert authenticator(sessions).authenticate(f"Bearer {token(scope='admin account')}", NOW).is_own


def test_a_role_that_the_stack_does_not_know_gives_nothing() -> None:
    sessions = Sessions()
    sessions.roles = ("user", "forgotten")

    assert authenticator(sessions).authenticate(f"Bearer {token()}", NOW).scopes == {"account"}


def test_a_remembered_token_expires_all_the_same() -> None:
    guard = authenticator(Sessions())
    short = f"Bearer {token(exp=NOW + 2)}"

    assert guard.authenticate(short, NOW + 1)
    assert refusal(guard, short, NOW + 2) == "expired"


def test_memory_is_bounded() -> None:
    guard = authenticator(Sessions())
    for count in range(MAX_CACHED + 10):
        guard._cache(count.to_bytes(4), NOW + 1, None)  # type: ignore[arg-type]

    assert len(guard._cached) == MAX_CACHED


@pytest.mark.parametrize(
    "changes", [{"amr": "pwd"}, {"amr": [1]}, {"scope": 1}, {"scope": [1]}, {"sid": 1}, {"sid": None}]
)
def test_claims_of_the_wrong_shape_are_refused(changes: dict[str, Any]) -> None:
    assert refusal(authenticator(Sessions()), f"Bearer {token(**changes)}") == "claims"


def test_pool_tokens_are_known_by_their_client_and_need_no_session_of_ours() -> None:
    sessions = Sessions()

    caller = authenticator(sessions).authenticate(f"Bearer {pool_token()}", NOW)

    assert (caller.is_own, caller.scopes, sessions.asked) == (False, frozenset({"Orders/read"}), 0)
    assert set(caller.context) == {"sub", "iss", "scope", "amr", "auth_time"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"client_id": "somebody-elses"}, "audience"),
        ({"client_id": None}, "audience"),
        ({"client_id": None, "aud": "terminal"}, "audience"),
        ({"token_use": "id"}, "token_use"),
        ({"token_use": None}, "token_use"),
        ({"iss": "https://other-pool.example.com"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"exp": NOW}, "expired"),
        ({"nbf": NOW + 6}, "not_yet_valid"),
        ({"key": PRIVATE}, "signature"),
        ({"iss": POLICY.issuer}, "signature"),
    ],
)
def test_pool_tokens_that_are_not_quite_right_are_refused(changes: dict[str, Any], reason: str) -> None:
    assert refusal(authenticator(Sessions()), f"Bearer {pool_token(**changes)}") == reason


def test_a_token_of_one_issuer_is_never_judged_by_another_ones_keys() -> None:
    """The claimed issuer chooses the keys, and is then part of what was signed."""
    guard = authenticator(Sessions())

    assert refusal(guard, f"Bearer {pool_token(key=PRIVATE)}") == "signature"
    assert refusal(guard, f"Bearer {token(OTHER_PRIVATE)}") == "signature"


@pytest.mark.parametrize("audience", ["orders", ["orders"], ["x", "orders"]])
def test_foreign_access_tokens_are_known_by_their_audience(audience: Any) -> None:
    foreign = token(iss=FOREIGN.issuer, aud=audience, token_use=None, sid=None, scope=None, scp=["a", "b"])

    caller = authenticator(Sessions()).authenticate(f"Bearer {foreign}", NOW)

    assert (caller.is_own, caller.scopes) == (False, frozenset({"a", "b"}))


@pytest.mark.parametrize("changes", [{"nonce": "n"}, {"at_hash": "h"}, {"c_hash": "h"}, {"token_use": "id"}])
def test_foreign_id_tokens_are_refused(changes: dict[str, Any]) -> None:
    foreign = {"iss": FOREIGN.issuer, "aud": "orders", "token_use": None, **changes}

    assert refusal(authenticator(Sessions()), f"Bearer {token(**foreign)}") == "token_use"


def test_no_issuer_takes_the_place_of_one_before_it() -> None:
    """A configuration that names our own issuer, or the pool, changes nothing about them."""
    impostor = Policy(issuer=POLICY.issuer, audiences=frozenset({"x"}), token_use=None)

    guard = TokenAuthenticator(
        [
            own_issuer(Sessions()),
            TrustedIssuer(impostor, published(OTHER_PRIVATE)),
        ],
        CACHE_SECONDS,
    )

    assert guard.authenticate(f"Bearer {token()}", NOW).is_own
    assert refusal(guard, f"Bearer {token(OTHER_PRIVATE, aud='x')}") == "signature"


def test_keys_that_cannot_be_had_refuse_nobody_else() -> None:
    def unreachable() -> Any:
        raise OSError

    guard = TokenAuthenticator(
        [
            own_issuer(Sessions()),
            TrustedIssuer(FOREIGN, KeyCache(unreachable)),
        ],
        CACHE_SECONDS,
    )

    with pytest.raises(KeysUnavailable):
        guard.authenticate(f"Bearer {token(iss=FOREIGN.issuer)}", NOW)
    assert guard.authenticate(f"Bearer {token()}", NOW).is_own


def test_a_key_that_the_issuer_has_just_rotated_in_is_fetched() -> None:
    keys = [(PRIVATE, KID)]

    def document() -> Any:
        jwk = RSAAlgorithm.to_jwk(keys[0][0].public_key(), as_dict=True)
        return {"keys": [jwk | {"kid": keys[0][1], "use": "sig", "alg": "RS256"}]}

    guard = TokenAuthenticator([TrustedIssuer(FOREIGN, KeyCache(document))], CACHE_SECONDS)
    foreign: dict[str, Any] = {"iss": FOREIGN.issuer, "aud": "orders", "token_use": None}
    guard.authenticate(f"Bearer {token(**foreign)}", NOW)

    keys[0] = (OTHER_PRIVATE, "another")

    assert guard.authenticate(f"Bearer {token(OTHER_PRIVATE, header={'kid': 'another'}, **foreign)}", NOW + 30)
    assert refusal(guard, f"Bearer {token(jti='new', **foreign)}", NOW + 60) == "unknown_key"


def test_a_fault_below_opens_nothing() -> None:
    class Broken(Sessions):
        def live_session(self, user_id: str, session_id: str) -> tuple[Profile, Session] | None:
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        authenticator(Broken()).authenticate(f"Bearer {token()}", NOW)
