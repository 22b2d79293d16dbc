"""web/sallyport.d.ts: tsc accepts what the documentation shows, refuses misuse, and finds every export."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from sallyport.local.tools import ROOT

TYPESCRIPT = "5.9.3"
USAGE = Path(__file__).with_name("types") / "usage.ts"
OPTIONS = {
    "strict": True,
    "noEmit": True,
    "module": "nodenext",
    "target": "es2022",
    "lib": ["es2022", "dom", "dom.iterable"],
    "allowJs": True,
    "types": [],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page's folder with the package installed as npm would, the module beside it, and a compiler."""
    if not shutil.which("npm"):
        pytest.skip("npm is missing: the types of sallyport.js are not checked")
    folder = tmp_path_factory.mktemp("types")
    package = folder / "node_modules" / "sallyport"
    install = ["npm", "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"]
    (folder / "package.json").write_text('{"type": "module"}')
    done = subprocess.run([*install, f"typescript@{TYPESCRIPT}"], cwd=folder, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("npm cannot install the compiler: the types of sallyport.js are not checked")
    package.mkdir()
    for name in ("package.json", "sallyport.js", "sallyport.d.ts"):
        shutil.copy(ROOT / "web" / name, package)
    shutil.copy(ROOT / "web" / "sallyport.js", folder / "implementation.js")
    shutil.copy(USAGE, folder)
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS, "files": ["usage.ts"]}))
    return folder


def compiled(folder: Path) -> str:
    compiler = folder / "node_modules" / ".bin" / "tsc"
    return subprocess.run([compiler], cwd=folder, capture_output=True, text=True, check=False).stdout


def test_the_types_allow_what_pages_need_and_nothing_else(project: Path) -> None:
    assert compiled(project) == ""


def test_an_export_that_the_module_lacks_is_found(project: Path) -> None:
    implementation = project / "implementation.js"
    text = implementation.read_text()
    implementation.write_text(text.replace("signOut()", "leave()"))

    try:
        assert "'signOut' is missing" in compiled(project)
    finally:
        implementation.write_text(text)
