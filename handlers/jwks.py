"""GET /.well-known/jwks.json: 200 {keys}, the public keys of this moment. Source: RFC 7517 §5."""

import time

from handlers import env
from handlers.core import published
from handlers.http import CACHEABLE, Request, Response, endpoint
from handlers.store.directory import DynamoDirectory

ENV = env.load("TABLE_NAME")
DIRECTORY = DynamoDirectory(ENV["TABLE_NAME"])


@endpoint
def handler(_: Request) -> Response:
    """See the module."""
    return Response(200, published.visible(DIRECTORY.published_keys(), time.time()), CACHEABLE)
