"""What a function does before its first request, while Lambda gives it a whole processor: an invocation has
memory/1769 of one.

Source: Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle", "Configure Lambda function
memory"; with SnapStart: "Handling uniqueness with Lambda SnapStart", "Lambda SnapStart runtime hooks for Python".
"""

import json
import os
import ssl
import time
from collections.abc import Callable, Sequence

from handlers.store.aws import error_code, hurried

MOST_SECONDS = 3
"""Far below the 10 seconds of the phase, and of a restore: what is not done by then, the first request does."""
RANDOM_BYTES = 48

Step = Callable[[], object]


def prepare(steps: Sequence[Step]) -> None:
    """Do these steps, imports above all: whatever may be in a snapshot that several environments start from."""
    if _is_on_lambda():
        for step in steps:
            _try(step)


def connect(steps: Sequence[Step]) -> None:
    """Fetch keys and open connections; with SnapStart in each environment that is restored, and not in the snapshot.

    A request does each of these steps too if it is not done yet, so that a step may fail or be late. No timeout bounds
    the search for an address: where no name server answers, Lambda starts the function again.
    """
    if not _is_on_lambda():
        return
    if os.environ.get("SNAP_START") == "true":
        from snapshot_restore_py import register_after_restore  # a part of Lambda's Python

        register_after_restore(_restored, steps)
    else:
        _do(steps)


def _is_on_lambda() -> bool:
    """Return whether this is a function: tests and tools import handlers too, and wait for nothing."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


def _restored(steps: Sequence[Step]) -> None:
    """Make what must differ between environments of one snapshot: randomness of TLS, credentials, connections.

    Tokens, ids and salts are random bytes of the operating system, which Lambda makes anew by itself.
    """
    ssl.RAND_add(os.urandom(RANDOM_BYTES), RANDOM_BYTES)
    _do(steps)


def _do(steps: Sequence[Step]) -> None:
    until = time.monotonic() + MOST_SECONDS
    with hurried():
        for step in steps:
            if time.monotonic() < until:
                _try(step)


def _try(step: Step) -> None:
    try:
        step()
    except Exception as error:  # noqa: BLE001 whatever it is, the request that needs the step raises it again
        print(
            json.dumps({"event": "init_step_failed", "reason": error_code(error) or type(error).__name__}), flush=True
        )
