"""GET /.well-known/oauth-authorization-server, GET /.well-known/openid-configuration: 200, where the issuer's keys are.

The first path is that of RFC 8414 §3, the second that of OpenID Connect Discovery 1.0 §4, where most verifiers look.
The issuer has no OAuth grants and issues no ID tokens, and RFC 8414 knows no such issuer: §2 requires
`response_types_supported`, §3.2 allows no empty list. They are empty here, because left out they mean the defaults.
"""

from contract.responses import Discovery
from handlers import env
from handlers.adapters.http import CACHEABLE, Request, Response, endpoint

ISSUER = env.load("ISSUER")["ISSUER"]
METADATA = Discovery(
    issuer=ISSUER,
    jwks_uri=f"{ISSUER}/.well-known/jwks.json",
    response_types_supported=[],
    grant_types_supported=[],
)


@endpoint
def handler(_: Request) -> Response:
    """Return the issuer's metadata."""
    return Response(200, METADATA, CACHEABLE)
