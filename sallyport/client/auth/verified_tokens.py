"""The verification of tokens with PyJWT, before any of their claims are used or shown."""

from collections.abc import Mapping
from typing import Any

from sallyport.client import web
from sallyport.client.errors import Failure

LEEWAY_SECONDS = 60

Claims = dict[str, Any]


def id_token(outputs: Mapping[str, str], token: str, client_id: str, nonce: str | None) -> Claims:
    """Return the claims of the pool's id token (OpenID Connect Core §3.1.3.7). Raises `Failure`."""
    claims = _verify(token, outputs["user_pool_jwks_url"], outputs["user_pool_issuer"], client_id)
    if claims.get("token_use") != "id":
        raise Failure("The pool's id token is not an id token")
    if nonce is not None and claims.get("nonce") != nonce:
        raise Failure("The id token does not answer this sign-in (wrong nonce); nobody was signed in")
    return claims


def pool_access_token(outputs: Mapping[str, str], token: str, client_id: str) -> Claims:
    """Return the claims of an access token of the pool. Raises `Failure`."""
    claims = _verify(token, outputs["user_pool_jwks_url"], outputs["user_pool_issuer"], None)
    if (claims.get("token_use"), claims.get("client_id")) != ("access", client_id):
        raise Failure("The pool's access token is not for this client")
    return claims


def own_access_token(outputs: Mapping[str, str], token: str) -> Claims:
    """Return the claims of an access token of the directory. Raises `Failure`."""
    return _verify(token, outputs["jwks_url"], outputs["issuer"], None)  # no audience: the issuer is this stage's own


def _verify(token: str, jwks_url: str, issuer: str, audience: str | None) -> Claims:
    import jwt

    required = ["iss", "exp", "iat", "sub", *(["aud"] if audience else [])]
    try:
        key = jwt.PyJWKSet.from_dict(dict(web.get_json(jwks_url)))[jwt.get_unverified_header(token)["kid"]]
        claims: Claims = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY_SECONDS,
            options={"require": required, "verify_aud": audience is not None},
        )
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
        raise Failure("The token's time is not now: is this machine's clock right?") from None
    except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
        raise Failure(f"The token is not what the issuer gives: {type(error).__name__}") from None
    return claims
