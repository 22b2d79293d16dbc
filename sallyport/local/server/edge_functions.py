"""CloudFront functions by QuickJS: MiniStack runs them by Node, which a machine may not have."""

import json
from typing import Any

import quickjs
from ministack.core import cloudfront_js

MOST_SECONDS = 1
"""CloudFront stops a function after about a millisecond of processor time; a machine may be slow."""
MOST_BYTES = 2 * 1024 * 1024
"""Source: CloudFront Developer Guide, "Quotas on CloudFront Functions"."""


def install() -> None:
    """Evaluate functions here."""
    cloudfront_js.evaluate = evaluate


def evaluate(code: str | bytes, event: dict[str, Any]) -> Any:
    """Return the answer of the function's `handler` to an event. Raises MiniStack's error for a function that fails."""
    engine = quickjs.Context()
    engine.set_time_limit(MOST_SECONDS)
    engine.set_memory_limit(MOST_BYTES)
    try:
        engine.eval(code.decode() if isinstance(code, bytes) else code)
        return json.loads(engine.eval(f"JSON.stringify(handler({json.dumps(event)}))"))
    except (quickjs.JSException, TypeError, ValueError) as error:
        raise cloudfront_js.CloudFrontFunctionError(str(error)) from None
