"""Handlers that die after a number of their writes to AWS and their requests to providers.

A server imports what handlers import, and forks a process for each death: a real one, without the second that a new
interpreter needs. `run` is for tests; `python -m tests.proofs.dying` is the server.
"""

import atexit
import importlib
import json
import os
import subprocess
import sys
import tempfile
import traceback
from dataclasses import dataclass
from functools import cache
from typing import IO, Any

from sallyport.local.tools import ROOT
from tests.support.aws_calls import seen_by

WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "SendEmail")
DIED, FAILED = 9, 1
ALL = 10_000
"""More writes than any handler does."""


def run(handler: str, event: Any, writes: int = ALL) -> bool:
    """Run a handler until its next write after this number; return whether it got that far, and died."""
    server = _server()
    server.orders.write(json.dumps({"handler": handler, "event": event, "allowed": writes}) + "\n")
    server.orders.flush()
    code = int(server.outcomes.readline() or FAILED)
    assert code in (0, DIED), server.errors()
    return code == DIED


@dataclass(frozen=True)
class _Server:
    process: "subprocess.Popen[str]"
    orders: IO[str]
    outcomes: IO[str]
    log: IO[str]

    def errors(self) -> str:
        self.log.seek(0)
        return self.log.read()[-3000:]

    def stop(self) -> None:
        self.orders.close()
        self.process.wait()
        self.outcomes.close()
        self.log.close()


@cache
def _server() -> _Server:
    """Return the server of this process, in its environment as it is now."""
    log = tempfile.TemporaryFile("w+")  # noqa: SIM115 closed by `stop`
    process = subprocess.Popen(
        [sys.executable, "-m", __name__], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
    )
    assert process.stdin
    assert process.stdout
    server = _Server(process, process.stdin, process.stdout, log)
    atexit.register(server.stop)
    return server


def _serve() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.dup2(2, 1)
            _run_and_exit(**json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run_and_exit(handler: str, event: Any, allowed: int) -> None:
    import requests

    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        if done > allowed:
            os._exit(DIED)

    def before_call(operation: str, _: object) -> None:
        if operation in WRITES:
            count()

    def to_provider(*request: Any, **how: Any) -> Any:
        count()
        return send(*request, **how)

    send = requests.request
    requests.request = to_provider
    try:
        with seen_by(before_call):
            importlib.import_module(f"handlers.functions.{handler.replace('/', '.')}").handler(event, None)
    except BaseException:  # noqa: BLE001 told by the exit code
        traceback.print_exc()
        os._exit(FAILED)
    os._exit(0)


if __name__ == "__main__":
    _serve()
