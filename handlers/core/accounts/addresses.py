"""Mail addresses as names of accounts."""

import re

from handlers.errors import BadRequest

# What browsers accept in <input type=email>. Source: WHATWG HTML, "valid e-mail address".
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDRESS = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")
MAX_LENGTH = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets


def normalise(address: str) -> str:
    """Return the address in the form that owns an account: lower case. Raises `BadRequest`."""
    lowered = address.lower()
    if len(lowered) > MAX_LENGTH or not _ADDRESS.fullmatch(lowered):
        raise BadRequest("The email is not an address that mail can be sent to.")
    return lowered
