"""Access tokens, verified: RS256 only, strict, a pure function. Source: RFC 7515, 7518 §3.3, 7519, 8725."""

import enum
import json
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

MAX_TOKEN_BYTES = 8192
_PADDING, _HASH = PKCS1v15(), SHA256()
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")
"""From base64url to base64, in which `!` is nothing; so neither are the characters of base64 that base64url lacks."""
_ACCESS_TOKEN_TYPES = ("at+jwt", "application/at+jwt")  # RFC 9068 §4
_TYPES = ("JWT", *_ACCESS_TOKEN_TYPES)
_FOREIGN = frozenset({"crit", "b64", "zip", "enc", "cty"})  # extensions, encryption, nesting: not of access tokens

_ID_TOKEN_MARKS = frozenset({"nonce", "at_hash", "c_hash"})


class Reason(enum.StrEnum):
    """The reason why a token is refused; safe to log."""

    MALFORMED = "malformed"
    ALGORITHM = "algorithm"
    UNKNOWN_KEY = "unknown_key"
    SIGNATURE = "signature"
    CLAIMS = "claims"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    TOKEN_USE = "token_use"  # noqa: S105 the name of a claim
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"


class Refused(Exception):
    """A token that is not good; `reason` is for the log and never for the caller."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The claims that tokens of one issuer must have. `skew_seconds`: how far its clock may be ahead of ours."""

    issuer: str
    audiences: frozenset[str]
    audience_claim: str = "aud"
    """The claim that names the audience; in access tokens of Cognito it is `client_id`."""
    token_use: str | None
    """The required `token_use`, of issuers that set it; with None, an ID token is recognised by its own claims."""
    skew_seconds: int = 5
    is_typed: bool = False
    """Whether the header has to name the type of access tokens, of issuers that follow RFC 9068."""


class Unverified(NamedTuple):
    """A parsed token. Until its signature is verified, its parts serve for look-ups only."""

    kid: str
    type: str
    claims: dict[str, Any]
    signature: bytes
    signed: bytes

    @property
    def issuer(self) -> object:
        """Return the issuer whose keys are to be tried."""
        return self.claims.get("iss")


def verify(token: str, keys: Mapping[str, RSAPublicKey], policy: Policy, now: float) -> dict[str, Any]:
    """Return the claims of a good token. Raises `Refused`."""
    return check(read(token), keys, policy, now)


def read(token: str) -> Unverified:
    """Parse a token. Raises `Refused`."""
    header, payload, encoded_signature, signed = _split(token)
    (kid, type_), signature = _fields(header), _decode(encoded_signature)
    return Unverified(kid, type_, _parse(payload), signature, signed)


def check(token: Unverified, keys: Mapping[str, RSAPublicKey], policy: Policy, now: float) -> dict[str, Any]:
    """Return the claims, if the signature is good and they satisfy the policy. Raises `Refused`."""
    key = keys.get(token.kid)
    if key is None:
        raise Refused(Reason.UNKNOWN_KEY)
    try:
        key.verify(token.signature, token.signed, _PADDING, _HASH)
    except InvalidSignature:
        raise Refused(Reason.SIGNATURE) from None
    if policy.is_typed and token.type not in _ACCESS_TOKEN_TYPES:
        raise Refused(Reason.TOKEN_USE)
    _check(token.claims, policy, now)
    return token.claims


def _split(token: str) -> tuple[bytes, bytes, bytes, bytes]:
    if len(token) > MAX_TOKEN_BYTES or not token.isascii():
        raise Refused(Reason.MALFORMED)
    signed, _, signature = token.encode().rpartition(b".")
    header, _, payload = signed.partition(b".")  # no part is base64url if there are more or fewer
    return header, payload, signature, signed


@lru_cache(maxsize=64)  # one header per signing key; refusals are not cached
def _fields(header: bytes) -> tuple[str, str]:
    """Return `kid` and `typ`."""
    fields = _parse(header)
    type_ = fields.get("typ", "JWT")
    if fields.get("alg") != "RS256" or not _FOREIGN.isdisjoint(fields) or type_ not in _TYPES:
        raise Refused(Reason.ALGORITHM)
    kid = fields.get("kid")
    if not isinstance(kid, str):
        raise Refused(Reason.UNKNOWN_KEY)
    return kid, type_


def _check(claims: dict[str, Any], policy: Policy, now: float) -> None:
    if claims.get("iss") != policy.issuer:
        raise Refused(Reason.ISSUER)
    if policy.audiences.isdisjoint(_texts(claims.get(policy.audience_claim))):
        raise Refused(Reason.AUDIENCE)
    if not _is_access_token(claims, policy.token_use):
        raise Refused(Reason.TOKEN_USE)
    if type(claims.get("sub")) is not str or not claims["sub"]:
        raise Refused(Reason.CLAIMS)
    if _time(claims, "exp", required=True) <= now:
        raise Refused(Reason.EXPIRED)
    if max(_time(claims, "nbf"), _time(claims, "iat")) > now + policy.skew_seconds:
        raise Refused(Reason.NOT_YET_VALID)


def _is_access_token(claims: dict[str, Any], token_use: str | None) -> bool:
    """Return whether the token is no ID token, by `token_use` or by claims that only ID tokens have.

    Source: OpenID Connect Core 1.0 §2 (`nonce`), §3.1.3.6 (`at_hash`), §3.3.2.11 (`c_hash`).
    """
    if token_use is not None:
        return bool(claims.get("token_use") == token_use)
    return claims.get("token_use", "access") == "access" and _ID_TOKEN_MARKS.isdisjoint(claims)


def _texts(value: Any) -> tuple[str, ...]:
    """Return the texts of one text or a list (RFC 7519 §4.1.3); none for anything else."""
    if type(value) is str:
        return (value,)
    if type(value) is list and all(type(item) is str for item in value):
        return tuple(value)
    return ()


def _time(claims: dict[str, Any], name: str, *, required: bool = False) -> int:
    value = claims.get(name)
    if type(value) is int:
        return value
    if value is None and name not in claims and not required:
        return 0
    raise Refused(Reason.CLAIMS)


def _parse(segment: bytes) -> dict[str, Any]:
    try:
        text = _decode(segment).decode().strip(_WHITE_SPACE)
        value, end = _JSON.raw_decode(text)
    except (ValueError, RecursionError):
        raise Refused(Reason.MALFORMED) from None
    if type(value) is not dict or end != len(text):
        raise Refused(Reason.MALFORMED)
    return value


def _decode(segment: bytes) -> bytes:
    """Decode base64url without padding; only the spelling whose unused bits are zero is accepted."""
    rest = len(segment) % 4
    if rest and (rest == 1 or segment[-1] not in (b"AQgw" if rest == 2 else b"AEIMQUYcgkosw048")):
        raise Refused(Reason.MALFORMED)
    try:
        return a2b_base64(segment.translate(_TO_STANDARD) + b"===="[rest or 4 :], strict_mode=True)
    except Base64Error:
        raise Refused(Reason.MALFORMED) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose names are unique (RFC 8259 §4 leaves it open; two readers must not differ)."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError
    return value


def _refuse_constant(_: str) -> None:
    raise ValueError


_WHITE_SPACE = " \t\n\r"  # RFC 8259 §2
_JSON = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant)
