"""components.packaging: the uploads, and that every function runs on them alone."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import partial
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from pathlib import Path

import pytest

from components import packaging
from sallyport.local.tools import ROOT, runtime_python
from tests.stack.conftest import Recorded, record
from tests.support.environment import VARIABLES

DATA = (
    "handlers/store/aws/amazon_roots.pem",
    "handlers/functions/metadata/openapi.json",
    "handlers/functions/account/undo.html",
    "handlers/core/accounts/common_passwords.txt",
    "handlers/core/mails/de.txt",
    "handlers/core/mails/en.txt",
    "handlers/core/mails/layout.html",
)


def handlers_and_layers() -> dict[str, str]:
    """Return handler → the layer of its function."""
    functions = record("local").of("lambda.Function")
    kinds = {True: "factors", False: "layer"}
    return {
        function.inputs["handler"]: kinds["factors" in layer] if layer else ""
        for function in functions
        for layer in function.inputs["layers"] or [""]
    }


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    zipfile.ZipFile(packaging.handlers_zip("host")).extractall(folder / "code")
    for name in ("layer", "factors"):
        zipfile.ZipFile(packaging.layer_zip("host", name)).extractall(folder / name)
    return folder


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = []
    previous = os.umask(0o077)
    for name in ("one", "two"):
        monkeypatch.setattr(packaging, "BUILD", tmp_path / name)
        layers = [packaging.layer_zip("host", layer).read_bytes() for layer in ("layer", "factors")]
        built.append([packaging.handlers_zip("host").read_bytes(), *layers])
        os.umask(previous)

    assert built[0] == built[1]


def set_up(folder: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    """Build the layers into a folder, as `make setup` does."""
    where = {**os.environ, "SALLYPORT_BUILD_DIR": str(folder), **more}
    command = [sys.executable, "-m", "components.packaging"]
    return subprocess.run(command, cwd=ROOT, env=where, capture_output=True, text=True, check=False)


def test_setup_builds_the_layers_that_a_local_deployment_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = set_up(tmp_path)
    built = set(tmp_path.iterdir())
    monkeypatch.setattr(packaging, "BUILD", tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert {packaging.layer_zip("host", name) for name in packaging.REQUIREMENTS} == built


def test_setup_says_why_a_layer_cannot_be_built(tmp_path: Path) -> None:
    done = set_up(tmp_path / "build", UV_OFFLINE="1", UV_CACHE_DIR=str(tmp_path / "empty"))

    assert done.returncode == 1
    assert done.stderr.startswith("The layer cannot be built:\n")
    assert not list((tmp_path / "build").iterdir())


def test_the_archive_holds_what_runs_and_nothing_else() -> None:
    with zipfile.ZipFile(packaging.handlers_zip("host")) as archive:
        names = archive.namelist()
        infos = archive.infolist()

    assert names == sorted(names)
    assert {name.split("/")[0] for name in names} == {"contract", "handlers"}
    assert all(name.endswith((".py", ".pyc")) or name in DATA for name in names)
    assert not [name for name in names if "test" in name]
    assert {info.date_time for info in infos} == {packaging.FIXED_DATE}


@pytest.mark.parametrize(("name", "most_bytes"), [("package-layer", 12_000_000), ("package-factors", 24_000_000)])
def test_on_aws_the_layers_are_built_for_lambdas_platform(name: str, most_bytes: int) -> None:
    layer = record("dev").named(name).inputs
    with zipfile.ZipFile(layer["code"].path) as archive:
        binaries = [name for name in archive.namelist() if name.endswith(".so")]
        machines = {archive.read(name)[18:20] for name in binaries}
        names = archive.namelist()

    assert layer["compatibleArchitectures"] == ["arm64"]
    assert machines == {b"\xb7\x00"}  # EM_AARCH64
    assert not [name for name in binaries if "cpython-3" in name and "cpython-313" not in name]
    assert not [name for name in names if name.endswith(".pyc") and not name.endswith(".cpython-313.pyc")]
    assert not [name for name in names if "/tests/" in name or not name.startswith("python/")]
    assert Path(layer["code"].path).stat().st_size < most_bytes


@pytest.mark.parametrize("build", [partial(packaging.layer_zip, requirements="factors"), packaging.handlers_zip])
def test_what_is_built_for_this_python_holds_its_bytecode(
    build: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each source that is there, and marked so that nobody compares the two (PEP 552); whatever uv may add."""
    monkeypatch.setattr(packaging, "BUILD", tmp_path)
    monkeypatch.setenv("UV_COMPILE_BYTECODE", "1")
    with zipfile.ZipFile(build("host")) as archive:
        names = set(archive.namelist())
        sources = [name for name in names if name.endswith(".py")]
        headers = {name: archive.read(cache_from_source(name))[:16] for name in sources}
        expected = {name: MAGIC_NUMBER + b"\1\0\0\0" + source_hash(archive.read(name)) for name in sources}

    assert headers == expected


def test_what_is_built_for_another_python_holds_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packaging, "BUILD", tmp_path)
    monkeypatch.setattr(packaging, "THIS_PYTHON", "3.9")

    with zipfile.ZipFile(packaging.handlers_zip("aarch64-manylinux_2_28")) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".pyc")]


@pytest.mark.parametrize("handler", sorted(handlers_and_layers()))
def test_every_function_starts_with_its_archive_and_layer_alone(unpacked: Path, handler: str) -> None:
    """Lambda's Python has boto3 and nothing else: a forgotten dependency fails here."""
    paths = [str(unpacked / "code")]
    layer = handlers_and_layers()[handler]
    if layer:
        paths.append(str(unpacked / layer / "python"))
    module = handler.removesuffix(".handler")
    program = f"import sys; sys.path[:0] = {paths}; import {module} as m; assert callable(m.handler)"

    done = subprocess.run(
        [str(runtime_python()), "-I", "-c", program],
        env=VARIABLES | {"AWS_DEFAULT_REGION": "us-east-1"},
        cwd=unpacked,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_functions_that_need_no_layer_get_none(dev: Recorded) -> None:
    without = {
        function.name.removesuffix("-function")
        for function in dev.of("lambda.Function")
        if not function.inputs["layers"]
    }

    assert without == {"openapi", "queue-orders"}


def test_a_missing_variable_is_one_clear_error(unpacked: Path) -> None:
    program = f"import sys; sys.path[:0] = [{str(unpacked / 'code')!r}]; import handlers.functions.orders.queue_orders"

    done = subprocess.run(
        [str(runtime_python()), "-I", "-c", program], env={}, capture_output=True, text=True, check=False
    )

    assert "environment variables missing: ORDERS_QUEUE_URL" in done.stderr


def test_the_authorizer_starts_without_boto3_and_msgspec(unpacked: Path) -> None:
    paths = [str(unpacked / "code"), str(unpacked / "layer" / "python")]
    program = f"""
import sys
sys.path[:0] = {paths}
import handlers.functions.triggers.authorizer
heavy = {{"boto3", "botocore", "msgspec", "argon2", "jwt", "urllib3"}} & set(sys.modules)
sys.exit(f"imported: {{heavy}}" if heavy else 0)
"""
    done = subprocess.run(
        [str(runtime_python()), "-I", "-c", program],
        env=VARIABLES,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
