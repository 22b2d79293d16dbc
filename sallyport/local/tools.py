"""The two virtual environments beside the project's own: one for the embedded AWS, one with Lambda's Python."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".sallyport" / "tools"


class ToolsFailed(Exception):
    """The environments cannot be created; the message is uv's."""


def cloud_python(say: Callable[[str], None] = lambda _: None) -> Path:
    """Return the interpreter of the embedded AWS; install it if needed."""
    return _environment("cloud", say)


def runtime_python(say: Callable[[str], None] = lambda _: None) -> Path:
    """Return the functions' interpreter, with only boto3 beside it, as in Lambda; install it if needed."""
    return _environment("runtime", say)


def _environment(name: str, say: Callable[[str], None]) -> Path:
    requirements = ROOT / "requirements" / f"{name}.txt"
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = TOOLS / f"{name}-{digest}"
    python = folder / "bin" / "python"
    if (folder / "ready").exists():
        return python
    say(f"Installing the {name} environment (once)")
    _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
    _uv(
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "--compile-bytecode",
        "--python",
        str(python),
        "-r",
        str(requirements),
    )
    (folder / "ready").touch()
    return python


def _uv(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "uv", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ToolsFailed(done.stderr.strip())


if __name__ == "__main__":
    try:
        cloud_python()
        runtime_python()
    except ToolsFailed as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("\nStopped; the next `make setup` goes on.")
