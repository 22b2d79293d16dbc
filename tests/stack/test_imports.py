"""The arrows between the rooms are enforced: an import against them fails `make lint`."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sallyport.local.tools import ROOT

ROOMS = ("contract", "components", "handlers", "sallyport")
LINT = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(LINT, cwd=folder, capture_output=True, text=True, check=False)


def test_the_rooms_import_what_they_may(project: Path) -> None:
    done = lint(project)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("handlers/functions/account/me.py", "import boto3", "The store alone imports boto3"),
        ("handlers/core/mfa/verification.py", "from handlers.adapters import http", "Handlers: functions, then"),
        ("sallyport/local/engine.py", "from sallyport.client import display", "The local engine runs programs"),
    ],
)
def test_an_import_against_the_arrows_is_refused(project: Path, file: str, line: str, contract: str) -> None:
    path = project / file
    path.write_text(f"{path.read_text()}\n\n{line}\n")

    done = lint(project)

    assert done.returncode == 1
    broken = [text for text in done.stdout.splitlines() if text.endswith("BROKEN")]
    assert len(broken) == 1, done.stdout
    assert contract in " ".join(done.stdout.split())
