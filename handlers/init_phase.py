"""What a function does before its first request, while Lambda gives it a whole processor: an invocation has
memory/1769 of one.

Source: Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle", "Configure Lambda function
memory".
"""

import json
import os
import time
from collections.abc import Callable, Sequence

from handlers.store.aws import hurried

MOST_SECONDS = 3
"""Far below the 10 seconds of the phase: what is not done by then, the first request does."""

Step = Callable[[], object]


def run(steps: Sequence[Step]) -> None:
    """Do these steps, each of which a request does too if it is not done yet. A step that fails or is late harms
    nothing.

    Tests and tools import handlers outside of Lambda: there nothing is done.
    """
    if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        return
    until = time.monotonic() + MOST_SECONDS
    with hurried():
        for step in steps:
            if time.monotonic() < until:
                _try(step)


def _try(step: Step) -> None:
    try:
        step()
    except Exception as error:  # noqa: BLE001 whatever it is, the request that needs the step raises it again
        print(json.dumps({"event": "init_step_failed", "reason": type(error).__name__}), flush=True)
