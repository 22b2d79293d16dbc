"""The processes of functions: no more than help, and none that is idle for long.

MiniStack starts a process for each request that finds all others busy, and keeps the first of each function for ever.
Eight processes that start at once on two processors take as long as eight one after the other, so a request waits for
those that start already, and a moment for one that is about to be free.
"""

import os
import time
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

ENOUGH = os.cpu_count() or 2
WAIT_SECONDS = 0.3  # for a busy process; then another one starts: a function may call itself
START_SECONDS = 10  # the longest that others may take to start
IDLE_SECONDS = 300


def install() -> None:
    """Wrap MiniStack's choice of a process, and its search for idle ones."""
    acquire = lambda_svc.acquire_worker

    def acquire_soon(name: str, config: Any, code: bytes, qualifier: str = "$LATEST", **more: Any) -> Any:
        _wait(lambda_runtime._worker_key(name, config, qualifier))
        return acquire(name, config, code, qualifier=qualifier, **more)

    lambda_svc.acquire_worker, lambda_svc.reap_idle_workers = acquire_soon, stop_idle


def stop_idle() -> int:
    """Stop the processes that were idle for long; return their number. The next request starts a new one."""
    stopped, now = [], time.time()
    with lambda_runtime._lock:
        for key, workers in list(lambda_runtime._workers.items()):
            idle = [one for one in workers if not one.in_use and now - one.last_used >= IDLE_SECONDS]
            stopped += idle
            lambda_runtime._workers[key] = [one for one in workers if one not in idle]
    lambda_runtime.kill_workers(stopped)
    return len(stopped)


def _wait(key: Any) -> None:
    """Wait until a process of the function may be free, or another one is worth its start."""
    began = busy_since = time.monotonic()
    while time.monotonic() - busy_since < WAIT_SECONDS and time.monotonic() - began < START_SECONDS:
        with lambda_runtime._lock:
            workers = list(lambda_runtime._workers.get(key, []))
        if len(workers) < ENOUGH or not all(one.in_use for one in workers):
            return
        if any(one._cold for one in workers):
            busy_since = time.monotonic()
        time.sleep(0.005)
