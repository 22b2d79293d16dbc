"""GET /openapi.json: 200, the document that packaging made from the contract and put beside this file."""

from pathlib import Path

from handlers.http import CACHEABLE, Request, Response, endpoint

DOCUMENT = Path(__file__).with_name("openapi.json").read_text()


@endpoint
def handler(_: Request) -> Response:
    """See the module."""
    return Response(200, DOCUMENT, CACHEABLE)
