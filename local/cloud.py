"""Starts and stops the embedded AWS: MiniStack in a process of its own, on loopback, with signatures and policies
enforced."""

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

from local import keys, tools
from local.keys import RootKeys

DEFAULT_PORT = 4566
START_SECONDS = 20
STOP_SECONDS = 10
SERVE = Path(__file__).parent / "server" / "serve.py"

_started: dict[int, "subprocess.Popen[bytes]"] = {}  # by this process, which must see them end


class CloudFailed(Exception):
    """The embedded AWS does not start; the message says why and where its log is."""


@dataclass(frozen=True)
class Cloud:
    """A folder in which an embedded AWS keeps everything: its state, its log, its process id, its port."""

    folder: Path

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / "cloud.log"

    @property
    def port(self) -> int:
        """The port it serves, or served last."""
        return int(_read(self.folder / "port") or DEFAULT_PORT)

    @property
    def keys(self) -> RootKeys:
        """Its root keys, made at its first start. Raises `FileNotFoundError` before."""
        return keys.read(self.folder / keys.FILE)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_up(self) -> bool:
        """Whether it runs: its process holds a lock for as long as it lives, however it ends."""
        if not self._lock.exists():
            return False
        with self._lock.open() as lock:
            return not _locks(lock.fileno(), fcntl.LOCK_SH)

    @property
    def was_killed(self) -> bool:
        """Whether it ended without being stopped."""
        return not self.is_up and (self.folder / "pid").exists()

    @property
    def pid(self) -> int | None:
        """Its process, while it runs."""
        return int(_read(self.folder / "pid") or 0) if self.is_up else None

    def start(self, port: int | None = None, say: Callable[[str], None] = lambda _: None) -> None:
        """Start it, on this port, or the last one, or a free one if that is taken. Raises `CloudFailed`."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        cloud_python, function_python = tools.cloud_python(say), tools.runtime_python(say)
        with self._lock.open("w") as lock:
            if not self._is_mine(lock.fileno()):
                self._join(port)
                return
            self._clean_temporary()
            keys.ensure(self.folder / keys.FILE)
            self._choose_port(port, say)
            process = self._spawn([str(cloud_python), str(SERVE), str(function_python)], lock.fileno())
        _started[process.pid] = process
        (self.folder / "pid").write_text(str(process.pid))
        self._wait_until_healthy(process)

    def stop(self) -> None:
        """Stop it and every function it runs; it writes its state down first."""
        pid = self.pid
        if pid:
            _signal(os.kill, pid, signal.SIGTERM)
            self._wait_until_gone(pid)
            _signal(os.killpg, pid, signal.SIGKILL)
        (self.folder / "pid").unlink(missing_ok=True)
        self._clean_temporary()

    def wipe(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.folder / "state", ignore_errors=True)
        (self.folder / "port").unlink(missing_ok=True)

    def _environment(self, port: int) -> dict[str, str]:
        """Only what it needs: functions inherit this environment, and must not find the developer's own in it."""
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
            "IOT_MTLS_ENABLED": "0",  # they would listen on every interface
            "SFTP_ENABLED": "0",
        }

    @property
    def _lock(self) -> Path:
        return self.folder / "lock"

    def _is_mine(self, lock: int) -> bool:
        """Whether the lock could be had; somebody who only looks whether it is held has it for a moment."""
        for _ in range(5):
            if _locks(lock, fcntl.LOCK_EX):
                return True
            time.sleep(0.05)
        return False

    def _join(self, wanted: int | None) -> None:
        """It runs already, or is being started by somebody else."""
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
                if httpx.get(f"{self.url}/_ministack/health", timeout=1, trust_env=False).is_success:
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
