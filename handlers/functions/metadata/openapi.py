"""GET /openapi.json: 200, the document that packaging has made from the contract and put beside this file."""

from pathlib import Path

from handlers.adapters.http import CACHEABLE, Request, Response, endpoint

DOCUMENT = Path(__file__).with_name("openapi.json").read_text()


@endpoint
def handler(_: Request) -> Response:
    """Return the API's OpenAPI document."""
    return Response(200, DOCUMENT, CACHEABLE)
