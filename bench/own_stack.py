"""A local stack of a benchmark's own, which ends with it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sallyport.client.stack.local_stack import LocalStack, here
from sallyport.local.tools import ROOT
from tests.support.command import SALLYPORT


def running_stack() -> LocalStack:
    """Return the stack of this checkout. Raises `SystemExit` if it is not up."""
    stack = here()
    if not stack.is_up:
        raise SystemExit("The stack is not up. Start it with: sallyport up --detach")
    return stack


@contextmanager
def own_stack(port: int) -> Iterator[LocalStack]:
    """Deploy a stack into a new folder, on this port of 127.0.0.1; stop and delete it at the end."""
    home = Path(tempfile.mkdtemp(prefix="sallyport-bench-"))
    stack = LocalStack(home)
    os.environ["SALLYPORT_HOME"] = str(home)
    try:
        up = [*SALLYPORT, "up", "--detach", "--port", str(port)]
        if subprocess.run(up, cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode:
            raise SystemExit(2)  # the command has said why
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(home, ignore_errors=True)
