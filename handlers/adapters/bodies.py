"""Request bodies by the contract: parsed strictly, refused in one sentence without quotations."""

import re
from typing import Any, TypeVar

import msgspec

from contract.requests import Request as Body
from handlers.adapters.http import Request
from handlers.errors import BadRequest

B = TypeVar("B", bound=Body)


def parse(request: Request, shape: type[B]) -> B:
    """Parse the body of a request. Raises `BadRequest` or `BodyTooLarge`."""
    try:
        body = msgspec.json.decode(request.body, type=shape)
    except msgspec.ValidationError as error:
        raise BadRequest(_sentence(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest("The body is not JSON.") from None
    _check_combination(body)
    return body


def given(body: Body) -> dict[str, Any]:
    """Return the fields that are there, also those that are null."""
    fields = {name: getattr(body, name) for name in body.__struct_fields__}
    return {name: value for name, value in fields.items() if value is not msgspec.UNSET}


def _check_combination(body: Body) -> None:
    given = {name for name in body.__struct_fields__ if getattr(body, name) is not None}
    for name in sorted(given):
        missing = [other for other in body.needs.get(name, ()) if other not in given]
        if missing:
            raise BadRequest(f"The field `{missing[0]}` is missing.")
        excluded = [other for other in body.excludes.get(name, ()) if other in given]
        if excluded:
            raise BadRequest(f"The fields `{name}` and `{excluded[0]}` exclude each other.")


def _sentence(error: msgspec.ValidationError) -> str:
    """Return the refusal in terms of the contract's fields; msgspec's message names Python's types."""
    text = str(error)
    if text.startswith("Object contains unknown field"):
        return "The body has a field that this route does not take."
    missing = re.search(r"required field `(\w+)`", text)
    if missing:
        return f"The field `{missing.group(1)}` is missing."
    wrong = re.search(r"at `\$\.(\w+)`", text)
    if wrong is None:
        return "The body is not a JSON object."
    what = "too short or too long" if "length" in text else "not what this route takes"
    return f"The field `{wrong.group(1)}` is {what}."
