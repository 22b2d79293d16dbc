"""A local stack of a benchmark's own, which ends with it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.tools import ROOT
from tests.support.command import SALLYPORT


@contextmanager
def own_stack(port: int) -> Iterator[LocalStack]:
    """Deploy a stack into a new folder, on this port of 127.0.0.1; stop and delete it at the end."""
    home = Path(tempfile.mkdtemp(prefix="sallyport-bench-"))
    stack = LocalStack(home)
    os.environ["SALLYPORT_HOME"] = str(home)
    try:
        subprocess.run([*SALLYPORT, "up", "--detach", "--port", str(port)], cwd=ROOT, check=True)
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(home, ignore_errors=True)
