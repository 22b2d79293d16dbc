"""Request bodies by the contract: parsed strictly, refused in one sentence that quotes nothing of them."""

from typing import TypeVar

import msgspec

from contract.bodies import Request as Body
from handlers.errors import BadRequest
from handlers.http import Request

B = TypeVar("B", bound=Body)


def parse(request: Request, shape: type[B]) -> B:
    """The body as `shape`. Raises `BadRequest` or `BodyTooLarge`."""
    try:
        return msgspec.json.decode(request.body, type=shape)
    except msgspec.ValidationError as error:
        raise BadRequest(_sentence(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest("The body is not JSON.") from None


def _sentence(error: msgspec.ValidationError) -> str:
    text = str(error)
    if text.startswith("Object contains unknown field"):
        return "The body has a field that this route does not take."
    return f"{text.replace(' - at `$.', ' at `')}."
