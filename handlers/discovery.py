"""GET /.well-known/openid-configuration: 200, where the issuer's keys are. Source: RFC 8414 §2."""

from handlers import env
from handlers.http import CACHEABLE, Request, Response, endpoint

ISSUER = env.load("ISSUER")["ISSUER"]
METADATA = {
    "issuer": ISSUER,
    "jwks_uri": f"{ISSUER}/.well-known/jwks.json",
    "response_types_supported": ["token"],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["RS256"],
}


@endpoint
def handler(_: Request) -> Response:
    """See the module."""
    return Response(200, METADATA, CACHEABLE)
