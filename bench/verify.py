"""Verification of an access token: ours against PyJWT, joserfc and raw `cryptography`, as paired ratios.

Run: .venv/bin/python -m bench.verify [ROUNDS]

Every round times all of them, one after the other, on the same token; a ratio is taken within its round, so that
a machine that slows down slows both sides. Reported: medians over the rounds.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import RSAKey

from bench import material
from handlers.core.accounts.users import Profile
from handlers.core.sessions.sessions import Session
from handlers.core.tokens import verifier
from handlers.core.tokens.authenticator import OwnSessions, TokenAuthenticator, TrustedIssuer
from handlers.core.tokens.jwks import KeyCache
from tests.support.sessions import started

ROUNDS = 40
CALLS = 100
POLICY = verifier.Policy(issuer=material.ISSUER, audiences=frozenset({material.AUDIENCE}), token_use="access")

SESSION = started("u" * 32).session
ROLES = {"user": ("account",)}


class Always:
    """A session store in which every session is alive."""

    def live_session(self, user_id: str, session_id: str) -> tuple[Profile, Session]:
        """Return a user with the scopes of the token."""
        return Profile(user_id, "ada@example.com", disabled=False), replace(SESSION, id=session_id)


def contestants() -> dict[str, Callable[[], Any]]:
    """Return name → one verification of one token of about 1,100 bytes, every claim checked."""
    given = material.make()
    token, jwks = given["token"], given["jwks"]
    keys = jwks.load(jwks)
    public = next(iter(keys.values()))
    signed, _, signature = token.rpartition(".")
    raw_signature = jwt.utils.base64url_decode(signature)
    joserfc_key = RSAKey.import_key(jwks["keys"][0])
    registry = joserfc_jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": POLICY.issuer}, aud={"essential": True, "value": material.AUDIENCE}
    )
    now = time.time()
    authenticator = TokenAuthenticator(
        [TrustedIssuer(POLICY, KeyCache(lambda: jwks), OwnSessions(Always(), ROLES, POLICY.issuer))], 10
    )
    print(f"token: {len(token)} bytes; PyJWT {jwt.__version__}")
    return {
        "raw cryptography": lambda: public.verify(raw_signature, signed.encode(), padding.PKCS1v15(), SHA256()),
        "ours": lambda: verifier.verify(token, keys, POLICY, now),
        "ours, remembered": lambda: authenticator.authenticate(f"Bearer {token}", now),
        "joserfc": lambda: registry.validate(joserfc_jwt.decode(token, joserfc_key, algorithms=["RS256"]).claims),
        "PyJWT": lambda: jwt.decode(
            token, public, algorithms=["RS256"], issuer=POLICY.issuer, audience=material.AUDIENCE
        ),
    }


def microseconds(act: Callable[[], Any]) -> float:
    """Return the microseconds of one call, over `CALLS`."""
    started = time.perf_counter_ns()
    for _ in range(CALLS):
        act()
    return (time.perf_counter_ns() - started) / CALLS / 1000


def main(rounds: int) -> None:
    """Print a line for each contestant."""
    timed = contestants()
    rows = [{name: microseconds(act) for name, act in timed.items()} for _ in range(rounds)]
    print(f"{'':18} {'median µs':>10} {'/ raw':>7} {'/ ours':>7}   ({rounds} rounds of {CALLS} calls)")
    for name in timed:
        to_raw = median(row[name] / row["raw cryptography"] for row in rows)
        to_ours = median(row[name] / row["ours"] for row in rows)
        print(f"{name:18} {median(row[name] for row in rows):10.1f} {to_raw:7.2f} {to_ours:7.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
