"""GET /.well-known/jwks.json: 200 {keys}, the public keys of this moment. Source: RFC 7517 §5."""

import time

from contract.responses import Jwk, Jwks
from handlers import env, init_phase
from handlers.adapters.http import CACHEABLE, Request, Response, endpoint
from handlers.core.tokens import published_keys
from handlers.store.aws import client
from handlers.store.directory import DynamoDirectory

DIRECTORY = DynamoDirectory(env.load("TABLE_NAME")["TABLE_NAME"])
init_phase.connect([client("dynamodb").connect])


@endpoint
def handler(_: Request) -> Response:
    """Return the published keys."""
    visible = published_keys.visible(DIRECTORY.published_keys(), time.time())
    return Response(200, Jwks([Jwk(**key) for key in visible["keys"]]), CACHEABLE)
