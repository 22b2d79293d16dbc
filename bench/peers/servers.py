"""Local servers of functions: `sallyport up` beside `chalice local`, an open route, requests a second.

`chalice local` calls functions in its own process. The embedded AWS gives each its own process and its own role, checks
every signature and policy, and counts metrics.
"""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.peers import environments
from tests.local.test_cloud import free_port

SECONDS = 2.0
APP = """
from chalice import Chalice

app = Chalice(app_name="bench")


@app.route("/open")
def open_route():
    return {"factors": []}
"""


@contextmanager
def chalice() -> Iterator[str]:
    """Run `chalice local`; yield the address of its open route."""
    with tempfile.TemporaryDirectory(prefix="sallyport-bench-") as folder:
        (Path(folder) / ".chalice").mkdir()
        (Path(folder) / ".chalice" / "config.json").write_text('{"version": "2.0", "app_name": "bench", "stages": {}}')
        (Path(folder) / "app.py").write_text(APP)
        port = free_port()
        command = [str(environments.python().with_name("chalice")), "local", "--no-autoreload", "--port", str(port)]
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, cwd=folder, env={"PATH": "/usr/bin:/bin", "HOME": folder}, **quiet) as process:
            try:
                url = f"http://127.0.0.1:{port}/open"
                _wait_for(url)
                yield url
            finally:
                process.terminate()


def per_second(url: str, clients: int, seconds: float = SECONDS) -> float:
    """Return the requests that a server answers in a second."""
    until = time.perf_counter() + seconds
    with ThreadPoolExecutor(clients) as pool:
        return sum(pool.map(lambda _: _requests(url, until), range(clients))) / seconds


def _requests(url: str, until: float) -> int:
    parts, done = urlsplit(url), 0
    with closing(HTTPConnection(parts.hostname or "", parts.port, timeout=10)) as connection:
        while time.perf_counter() < until:
            connection.request("GET", parts.path)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            done += 1
    return done


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(OSError):
            _requests(url, 0)
            with closing(HTTPConnection(urlsplit(url).netloc, timeout=1)) as connection:
                connection.connect()
                return
        time.sleep(0.05)
    raise SystemExit("chalice local did not start")
