"""One execution environment: imports a handler, then answers events from standard input. Standard library only.

Run by `bench.lambda_like` with the Python of the functions: python lambda_worker.py PATHS MODULE
"""

import importlib
import json
import os
import sys
import time


def main() -> None:
    """Print a line of JSON for INIT, and one for each invocation: milliseconds by the clock, and of the processor."""
    paths, module = sys.argv[1:]
    sys.path[:0] = paths.split(":")
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # the function's log
    at = _now()
    handler = importlib.import_module(module).handler
    out.write(json.dumps(_since(at)) + "\n")
    for line in sys.stdin:
        event, at = json.loads(line), _now()
        answer = handler(event, None)
        spent = _since(at)
        is_good = answer.get("statusCode", 500) < 300 or answer.get("isAuthorized", False)
        out.write(json.dumps({**spent, "is_good": is_good, "answer": str(answer)}) + "\n")


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(at: tuple[float, float]) -> dict[str, float]:
    clock, processor = _now()
    return {"ms": (clock - at[0]) * 1000, "processor_ms": (processor - at[1]) * 1000}


if __name__ == "__main__":
    main()
