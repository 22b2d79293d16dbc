"""`pulumi install` is enough for the program: the `requirements.txt` at the root holds all that it imports."""

import json
import os
import subprocess
import sys
from pathlib import Path

from sallyport.local.tools import ROOT

RUN = """
from sallyport.local import program
from sallyport.local.recording import Recording
from sallyport.local.tools import ROOT
run = program.run(ROOT, "dev", Recording(), overrides={"sallyport:mailFrom": "codes@example.com"})
print(len(run.registrations))
"""


def test_the_program_runs_with_what_pulumi_installs(tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(tmp_path / "venv")], check=True)
    install = [*uv, "pip", "install", "--quiet", "--require-hashes", "--python", str(python)]
    subprocess.run([*install, "-r", str(ROOT / "requirements.txt")], check=True)

    done = subprocess.run(
        [str(python), "-c", RUN],
        cwd=ROOT,
        env={**os.environ, "SALLYPORT_BUILD_DIR": str(tmp_path / "build")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) > 300


def test_requirements_pin_the_versions_that_are_tested() -> None:
    def pins(path: Path) -> set[str]:
        lines = path.read_text().splitlines()
        assert not [line for line in lines if "://" in line]
        return {line.split(" ")[0] for line in lines if "==" in line}

    assert pins(ROOT / "requirements.txt") <= pins(ROOT / "requirements" / "dev.txt")
