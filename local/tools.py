"""The two virtual environments beside the project's own: one runs the embedded AWS, one is Lambda's Python."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".sallyport" / "tools"


class ToolsFailed(Exception):
    """The environments cannot be made; the message is uv's."""


def cloud_python(say: Callable[[str], None] = lambda _: None) -> Path:
    """The interpreter that runs the embedded AWS; installs it if need be."""
    return _environment("cloud", say)


def runtime_python(say: Callable[[str], None] = lambda _: None) -> Path:
    """The interpreter that runs functions: boto3 is beside them, as in Lambda, and nothing else."""
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
