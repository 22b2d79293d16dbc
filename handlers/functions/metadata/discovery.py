"""GET /.well-known/oauth-authorization-server, GET /.well-known/openid-configuration: 200, where the issuer's keys are.

The first path is that of RFC 8414 §3, the second that of OpenID Connect Discovery 1.0 §4, where most verifiers look.
The issuer is the API's own address; where the stack has a domain, the site has the metadata of that issuer.
"""

from contract import metadata
from handlers import env
from handlers.adapters.http import CACHEABLE, Request, Response, endpoint

METADATA = metadata.document(env.load("API_ADDRESS")["API_ADDRESS"])


@endpoint
def handler(_: Request) -> Response:
    """Return the issuer's metadata."""
    return Response(200, METADATA, CACHEABLE)
