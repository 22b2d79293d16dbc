"""Access tokens are RFC 9068 tokens: two independent validators accept ours, and refuse other tokens."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from authlib.oauth2.rfc6750.errors import InvalidTokenError as AuthlibRefusal
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import KeySet
from rfc9068 import RFC9068AccessTokenValidator
from rfc9068.core import InvalidTokenError as Rfc9068Refusal
from rfc9068.parser import AccessTokenParser, HeaderParser, Padder, PayloadParser, SignatureParser
from rfc9068.payload import AudienceValidator, ExpirationValidator, IssuerValidator
from rfc9068.signature import JWKResolverInterface, PyJwtSignatureValidator

from handlers.core.tokens import signing_keys
from tests.support.account import Account
from tests.support.handlers import Handlers

Validator = Callable[[str], None]
REQUIRED = ("iss", "exp", "aud", "sub", "client_id", "iat", "jti")  # RFC 9068 §2.2
OTHER_KEY = rsa.generate_private_key(65537, 2048)


class Refused(Exception):
    """A refusal by either library."""


def authlibs(issuer: str, audience: str, jwks: dict[str, Any]) -> Validator:
    class Ours(JWTBearerTokenValidator):  # type: ignore[misc]
        def get_jwks(self) -> Any:
            return KeySet.import_key_set(jwks)  # type: ignore[arg-type]

    validator = Ours(issuer, audience)

    def validate(token: str) -> None:
        try:
            validator.validate_token(validator.authenticate_token(token), [], None)
        except (AuthlibRefusal, ValueError) as refusal:
            raise Refused from refusal

    return validate


def rfc9068s(issuer: str, audience: str, jwks: dict[str, Any]) -> Validator:
    class Resolver(JWKResolverInterface):
        def __call__(self, kid: str) -> bytes:
            try:
                key = jwt.PyJWKSet.from_dict(jwks)[kid].key
            except KeyError:
                raise Rfc9068Refusal from None
            return bytes(key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH))

    validator = RFC9068AccessTokenValidator(
        AccessTokenParser(Padder(), HeaderParser(), PayloadParser(), SignatureParser()),
        PyJwtSignatureValidator(Resolver(), jwt.PyJWS()),
        IssuerValidator(),
        AudienceValidator(),
        ExpirationValidator(),
        ["RS256"],
        issuer,
        audience,
    )

    def validate(token: str) -> None:
        try:
            validator(token)
        except (Rfc9068Refusal, ValueError) as refusal:
            raise Refused from refusal

    return validate


@pytest.fixture(params=[authlibs, rfc9068s])
def validate(request: pytest.FixtureRequest, handlers: Handlers) -> Validator:
    """Each of the two, with the keys that the stage publishes."""
    jwks = httpx.get(f"{handlers.environment['ISSUER']}/.well-known/jwks.json", timeout=30).json()
    validator: Validator = request.param(handlers.environment["ISSUER"], handlers.environment["AUDIENCE"], jwks)
    return validator


@pytest.fixture(scope="module")
def current_key(handlers: Handlers) -> tuple[str, Any]:
    """Return the key that the stage signs with."""
    secret = handlers.stack.aws("secretsmanager").get_secret_value(
        SecretId=handlers.environment["SIGNING_KEYS_SECRET_ID"]
    )
    return signing_keys.signing_key(json.loads(secret["SecretString"]))


def test_our_access_tokens_are_accepted(account: Account, validate: Validator) -> None:
    account.sign_in()
    validate(account.token)

    app = account.add_totp()
    account.sign_in_strongly(app)
    validate(account.token)


def test_the_header_says_what_the_token_is(account: Account) -> None:
    account.sign_in()

    assert jwt.get_unverified_header(account.token)["typ"] == "at+jwt"
    assert set(REQUIRED) <= set(account.claims)


@pytest.mark.parametrize(
    "changed",
    [
        *({name: None} for name in REQUIRED),
        {"iss": "https://other.example.com"},
        {"iss": ""},
        {"aud": "sallyport-prod"},
        {"aud": ["sallyport-prod"]},
        {"aud": []},
        {"exp": 1},
        {"exp": "tomorrow"},
        {"iat": "yesterday"},
        {"sub": 7},
    ],
    ids=str,
)
def test_claims_that_are_not_ours_are_refused(
    account: Account, validate: Validator, current_key: tuple[str, Any], changed: dict[str, Any]
) -> None:
    claims = account.sign_in()
    given = {name: value for name, value in {**claims, **changed}.items() if value is not None}

    with pytest.raises(Refused):
        validate(signed(given, *current_key))


@pytest.mark.parametrize("typ", ["JWT", "id+jwt", "logout+jwt"])
def test_other_kinds_of_token_are_refused(
    account: Account, validate: Validator, current_key: tuple[str, Any], typ: str
) -> None:
    claims = account.sign_in()

    with pytest.raises(Refused):
        validate(signed(claims, *current_key, typ=typ))


def test_other_signatures_are_refused(account: Account, validate: Validator, current_key: tuple[str, Any]) -> None:
    claims = account.sign_in()
    kid, key = current_key
    header, payload, signature = signed(claims, kid, key).split(".")
    longer = encode({**claims, "exp": int(time.time()) + 10**6})
    nothing = encode({"alg": "none", "typ": "at+jwt", "kid": kid})

    for forged in (
        signed(claims, kid, OTHER_KEY),
        signed(claims, "unknown", key),
        f"{header}.{longer}.{signature}",
        f"{header}.{payload}.",
        f"{nothing}.{payload}.",
        f"{header}.{payload}",
        "",
    ):
        with pytest.raises(Refused):
            validate(forged)


def signed(claims: dict[str, Any], kid: str, key: Any, typ: str = "at+jwt") -> str:
    """Return a token signed by hand: PyJWT would not sign claims of a wrong type."""
    signing = f"{encode({'alg': 'RS256', 'typ': typ, 'kid': kid})}.{encode(claims)}"
    signature = jwt.get_algorithm_by_name("RS256").sign(signing.encode(), key)
    return f"{signing}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def encode(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
