"""One verifier, in a process of its own: python verify_worker.py NAME

The first line of standard input is {token, bad, jwks, pem, issuer, audience}; the answer names the version, and those
of the bad tokens that the verifier has accepted. Then each line is a number of calls; the answer is their microseconds.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

Given = dict[str, Any]
Verify = Callable[[str], Any]


def raw(given: Given) -> Verify:
    import base64

    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key: Any = load_pem_public_key(given["pem"].encode())
    signed, _, signature = given["token"].rpartition(".")
    decoded = base64.urlsafe_b64decode(signature + "==")
    return lambda _: key.verify(decoded, signed.encode(), PKCS1v15(), SHA256())


def sha256(_: Given) -> Verify:
    import hashlib

    return lambda token: hashlib.sha256(token.encode()).digest()


def ours(given: Given) -> Verify:
    from handlers.core.tokens import jwks, verifier

    keys = jwks.load(given["jwks"])
    audiences = frozenset({given["audience"]})
    policy = verifier.Policy(issuer=given["issuer"], audiences=audiences, token_use="access", is_typed=True)
    return lambda token: verifier.verify(token, keys, policy, time.time())


def remembered(given: Given) -> Verify:
    from handlers.core.tokens.authenticator import TokenAuthenticator, TrustedIssuer
    from handlers.core.tokens.jwks import KeyCache
    from handlers.core.tokens.verifier import Policy

    audiences = frozenset({given["audience"]})
    policy = Policy(issuer=given["issuer"], audiences=audiences, token_use="access")
    authenticator = TokenAuthenticator([TrustedIssuer(policy, KeyCache(lambda: given["jwks"]))], 3600)
    now = time.time()
    return lambda token: authenticator.authenticate(f"Bearer {token}", now)


def pyjwt(given: Given) -> Verify:
    import jwt

    key = jwt.PyJWKSet.from_dict(given["jwks"]).keys[0]
    named = {"issuer": given["issuer"], "audience": given["audience"]}
    return lambda token: jwt.decode(token, key, algorithms=["RS256"], **named)


def joserfc(given: Given) -> Verify:
    from joserfc import jwt
    from joserfc.jwk import RSAKey

    key = RSAKey.import_key(given["jwks"]["keys"][0])
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": given["issuer"]},
        aud={"essential": True, "value": given["audience"]},
        exp={"essential": True},
    )
    return lambda token: registry.validate(jwt.decode(token, key, algorithms=["RS256"]).claims)


def authlib(given: Given) -> Verify:
    from authlib.jose import JsonWebKey, JsonWebToken

    key, decoder = JsonWebKey.import_key(given["jwks"]["keys"][0]), JsonWebToken(["RS256"])
    named = {"iss": given["issuer"], "aud": given["audience"]}
    options: Any = {name: {"essential": True, "value": value} for name, value in named.items()}
    return lambda token: decoder.decode(token, key, claims_options=options).validate()


def python_jose(given: Given) -> Verify:
    from jose import jwt

    key = given["jwks"]["keys"][0]
    named = {"issuer": given["issuer"], "audience": given["audience"]}
    return lambda token: jwt.decode(token, key, algorithms=["RS256"], **named)


VERIFIERS: dict[str, tuple[Callable[[Given], Verify], str]] = {
    "raw": (raw, "cryptography"),
    "sha256": (sha256, ""),
    "ours": (ours, ""),
    "remembered": (remembered, ""),
    "PyJWT": (pyjwt, "PyJWT"),
    "joserfc": (joserfc, "joserfc"),
    "Authlib": (authlib, "Authlib"),
    "python-jose": (python_jose, "python-jose"),
}
"""Name → (what makes the verifier, its distribution)."""
BARE = ("raw", "sha256")
"""Parts of a verification, which judge nothing."""


def main(name: str) -> None:
    make, distribution = VERIFIERS[name]
    given = json.loads(sys.stdin.readline())
    verify = make(given)
    verify(given["token"])
    accepted = [] if name in BARE else [one for one, token in given["bad"].items() if not _refuses(verify, token)]
    print(json.dumps({"version": version(distribution) if distribution else "", "accepted": accepted}), flush=True)
    for line in sys.stdin:
        calls, token = int(line), given["token"]
        started = time.perf_counter_ns()
        for _ in range(calls):
            verify(token)
        print((time.perf_counter_ns() - started) / calls / 1000, flush=True)


def _refuses(verify: Verify, token: str) -> bool:
    try:
        verify(token)
    except Exception:  # noqa: BLE001 whatever it raises
        return True
    return False


if __name__ == "__main__":
    main(sys.argv[1])
