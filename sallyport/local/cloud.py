"""Start and stop of the embedded AWS: MiniStack in its own process, on loopback.

Signatures and policies are enforced.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from sallyport.local import keys, loopback, tools
from sallyport.local.keys import RootKeys
from sallyport.local.server.live_reload import FLAG

DEFAULT_PORT = 4566
START_SECONDS = 20
STOP_SECONDS = 10
SERVER = Path(__file__).parent / "server"

_started: dict[int, "subprocess.Popen[bytes]"] = {}  # processes started by this one, which must wait for their end


class CloudFailed(Exception):
    """The embedded AWS does not start; the message gives the reason and the path of its log."""


@dataclass(frozen=True)
class Cloud:
    """The folder of an embedded AWS: its state, its log, its process id, its port."""

    folder: Path

    @property
    def log(self) -> Path:
        """The path of the log."""
        return self.folder / "cloud.log"

    @property
    def port(self) -> int:
        """The port of the embedded AWS; if it is stopped, the last one."""
        return int(_read(self.folder / "port") or DEFAULT_PORT)

    @property
    def keys(self) -> RootKeys:
        """The root keys, created at the first start. Raises `FileNotFoundError` before."""
        return keys.read(self.folder / keys.FILE)

    @property
    def url(self) -> str:
        """The address of the embedded AWS."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_up(self) -> bool:
        """Return whether the embedded AWS runs: its process holds a lock until it ends, however it ends."""
        if not self._lock.exists():
            return False
        with self._lock.open() as lock:
            return not _locks(lock.fileno(), fcntl.LOCK_SH)

    @property
    def was_killed(self) -> bool:
        """Return whether the process ended without being stopped."""
        return not self.is_up and (self.folder / "pid").exists()

    @property
    def pid(self) -> int | None:
        """The process id; None if the embedded AWS does not run."""
        return int(_read(self.folder / "pid") or 0) if self.is_up else None

    @property
    def watched(self) -> Path:
        """The file that is there while somebody watches: then pages in a browser come anew when they were saved."""
        return self.folder / FLAG

    def stop_watching(self, pid: int) -> None:
        """Remove that file, unless another process watches."""
        if _read(self.watched) == str(pid):
            self.watched.unlink(missing_ok=True)

    def start(self, port: int | None = None, say: Callable[[str], None] = lambda _: None) -> None:
        """Start the embedded AWS on this port, else the last one, else a free one. Raises `CloudFailed`.

        A given port that is taken is an error.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        cloud_python, function_python = tools.cloud_python(say), tools.runtime_python(say)
        with self._lock.open("w") as lock:
            if not self._is_mine(lock.fileno()):
                self._join(port)
                return
            self._clean_temporary()
            self.watched.unlink(missing_ok=True)  # of a watcher that was killed
            keys.ensure(self.folder / keys.FILE)
            self._choose_port(port, say)
            process = self._spawn([str(cloud_python), str(SERVER), str(function_python)], lock.fileno())
        _started[process.pid] = process
        (self.folder / "pid").write_text(str(process.pid))
        self._wait_until_healthy(process)

    def stop(self) -> None:
        """Stop the embedded AWS, which writes its state first, and every function it runs."""
        pid = self.pid
        if pid:
            _signal(os.kill, pid, signal.SIGTERM)
            self._wait_until_gone(pid)
            _signal(os.killpg, pid, signal.SIGKILL)
        (self.folder / "pid").unlink(missing_ok=True)
        self._clean_temporary()

    def wipe(self) -> None:
        """Delete the state and the port."""
        shutil.rmtree(self.folder / "state", ignore_errors=True)
        (self.folder / "port").unlink(missing_ok=True)

    def _environment(self, port: int) -> dict[str, str]:
        """Return the smallest environment: functions inherit it, and must not find the developer's own in it."""
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),
            "TMPDIR": str(temporary),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.folder / "state" / "s3"),
            "MINISTACK_COGNITO_PRETOKEN_STRICT": "1",
            "LOG_LEVEL": "WARNING",
            "IOT_MTLS_ENABLED": "0",  # these servers would listen on every interface
            "SFTP_ENABLED": "0",
        }

    @property
    def _lock(self) -> Path:
        return self.folder / "lock"

    def _is_mine(self, lock: int) -> bool:
        """Return whether this process has the lock; a process that tests the lock holds it for a moment."""
        for _ in range(5):
            if _locks(lock, fcntl.LOCK_EX):
                return True
            time.sleep(0.05)
        return False

    def _join(self, wanted: int | None) -> None:
        """Wait for the embedded AWS, which runs already or is being started by another process."""
        if wanted not in (None, self.port):
            raise CloudFailed(f"The stack is up on port {self.port} already. Stop it first: sallyport down")
        self._wait_until_healthy(None)

    def _choose_port(self, wanted: int | None, say: Callable[[str], None]) -> None:
        chosen = wanted or self.port
        if not _is_free(chosen):
            if wanted:
                raise CloudFailed(f"Port {wanted} is taken by another program. Choose another, or leave --port out.")
            taken, chosen = chosen, _free_port()
            say(f"Port {taken} is taken by another program; the stack serves on {chosen} from now on")
        (self.folder / "port").write_text(str(chosen))

    def _spawn(self, command: list[str], lock: int) -> "subprocess.Popen[bytes]":
        with self.log.open("w") as log:
            return subprocess.Popen(
                command,
                env=self._environment(self.port),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[lock],
            )

    def _wait_until_healthy(self, process: "subprocess.Popen[bytes] | None") -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and (process is None or process.poll() is None):
            with contextlib.suppress(httpx.HTTPError):
                if loopback.request("GET", f"{self.url}/_ministack/health", timeout=1).is_success:
                    return
            time.sleep(0.05)
        self.stop()
        said = self.log.read_text(errors="replace").strip().rsplit("\n", 1)[-1]
        raise CloudFailed(f"The embedded AWS did not start{f': {said}' if said else ''}\nIts log: {self.log}")

    def _wait_until_gone(self, pid: int) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and self.is_up:
            time.sleep(0.05)
        process = _started.pop(pid, None)
        if process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1)

    def _clean_temporary(self) -> None:
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)


def _read(path: Path) -> str:
    return path.read_text().strip() if path.exists() else ""


def _locks(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _signal(send: Callable[[int, int], None], pid: int, what: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        send(pid, what)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return _binds(probe, port)


def _binds(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
