"""The body of a request to AWS, where it is JSON."""

import json
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=4)  # each request is asked about several times, and one with code has a megabyte
def as_object(body: bytes) -> dict[str, Any]:
    """Return the object, not to be changed; an empty one for anything else."""
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
