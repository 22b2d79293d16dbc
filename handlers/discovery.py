"""GET /.well-known/oauth-authorization-server, GET /.well-known/openid-configuration: 200, where the issuer's keys are.

The first path is that of RFC 8414 §3, the second that of OpenID Connect Discovery 1.0 §4, where most verifiers look.
The document says that the issuer has no OAuth grants; it is no OpenID provider and issues no ID tokens.
"""

from contract.acr import LEVELS
from handlers import env
from handlers.http import CACHEABLE, Request, Response, endpoint

ISSUER = env.load("ISSUER")["ISSUER"]
METADATA = {
    "issuer": ISSUER,
    "jwks_uri": f"{ISSUER}/.well-known/jwks.json",
    "response_types_supported": [],
    "grant_types_supported": [],
    "acr_values_supported": list(LEVELS),
}


@endpoint
def handler(_: Request) -> Response:
    """See the module."""
    return Response(200, METADATA, CACHEABLE)
