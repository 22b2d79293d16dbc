"""The body of a request to AWS, where it is JSON."""

import json
from typing import Any


def as_object(body: bytes) -> dict[str, Any]:
    """Return the object; an empty one for anything else."""
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
