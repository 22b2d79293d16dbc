"""The environments of the peers: a virtual environment and a folder of npm's, made once, outside of `make setup`."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from sallyport.local.tools import ROOT

FOLDER = ROOT / ".sallyport" / "peers"
REQUIREMENTS = ROOT / "requirements" / "peers.txt"
NODE_PACKAGES = {"aws-jwt-verify": "5.2.1", "fast-jwt": "6.3.6"}


def python() -> Path:
    """Return the Python of the environment with the hashed requirements; it is made if there is none."""
    home = FOLDER / f"python-{hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]}"
    if not (home / "ready").exists():
        print("Installing the peers (once) ...", file=sys.stderr)
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--require-hashes", "--compile-bytecode"]
        subprocess.run([*uv, "--python", home / "bin" / "python", "-r", REQUIREMENTS], check=True)
        (home / "ready").touch()
    return home / "bin" / "python"


def node() -> Path | None:
    """Return the folder with npm's packages; None without node and npm."""
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    home = FOLDER / "node"
    wanted = json.dumps({"private": True, "dependencies": NODE_PACKAGES})
    if not (home / "node_modules").exists() or (home / "package.json").read_text() != wanted:
        home.mkdir(parents=True, exist_ok=True)
        (home / "package.json").write_text(wanted)
        command = ["npm", "install", "--silent", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=home, check=True)
    return home
