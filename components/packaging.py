"""The uploads: one archive of the handlers, two layers of their libraries. Same input, same bytes."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.settings import Settings
from components.settings_checks import LAMBDA_PYTHON
from contract import openapi

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("SALLYPORT_BUILD_DIR") or ROOT / ".sallyport" / "build")
REQUIREMENTS = {name: ROOT / "requirements" / f"{name}.txt" for name in ("layer", "factors")}
SOURCE_ONLY = ("authy",)  # pure Python, published as source only
ARCHITECTURE = "arm64"
RUNTIME = f"python{LAMBDA_PYTHON}"
FIXED_DATE = (2020, 1, 1, 0, 0, 0)
FILE_MODE = 0o644 << 16
LEVEL, LOCAL_LEVEL = 6, 1  # of zlib; 9 takes four times as long as 6, for half a per cent
TWILIO = ("twilio", "rest")
TWILIO_NEEDED = ("verify",)  # of Twilio's forty products; each is imported when it is first used
TWILIO_ASYNC = (  # dependencies of its asynchronous client, which is never imported
    "aiohappyeyeballs", "aiohttp", "aiohttp_retry", "aiosignal", "attr", "attrs",
    "frozenlist", "multidict", "propcache", "yarl",
)  # fmt: skip
UPLOADED = (".py", ".txt", ".html", ".pem")
SKIPPED = ("__pycache__", "bin", "share", "tests", "test")
THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
NO_BYTECODE = (
    f"Built by Python {THIS_PYTHON}, the archives hold no bytecode for Lambda's {LAMBDA_PYTHON}: "
    f"cold starts take up to twice as long. Run Pulumi with Python {LAMBDA_PYTHON}."
)


Libraries = Literal["none", "base", "factors"]
"""The libraries of a function: none, those that all functions need, or those and the libraries of second factors."""


class Package(pulumi.ComponentResource):
    """The handlers' archive, and the layers as deployed versions."""

    archive: pulumi.Archive

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sallyport:index:Package", name, None, opts)
        self._settings = settings
        if _python(settings.layer_platform) != THIS_PYTHON:
            pulumi.log.info(NO_BYTECODE, self)
        self.archive = pulumi.FileArchive(str(handlers_zip(settings.layer_platform)))
        self._base = self._layer(f"{name}-layer", "layer", "")
        self._factors = self._layer(f"{name}-factors", "factors", "-factors")
        self.register_outputs({"layer_arn": self._base.arn})

    def layers(self, libraries: Libraries) -> list[pulumi.Output[str]]:
        """Return the layer of these libraries; the layer of the factors holds the others too."""
        return {"none": [], "base": [self._base.arn], "factors": [self._factors.arn]}[libraries]

    def _layer(self, name: str, requirements: str, suffix: str) -> aws.lambda_.LayerVersion:
        settings = self._settings
        return aws.lambda_.LayerVersion(
            name,
            layer_name=f"{settings.project}-{settings.stage}{suffix}",
            code=pulumi.FileArchive(str(layer_zip(settings.layer_platform, requirements))),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            opts=pulumi.ResourceOptions(parent=self),
        )


def handlers_zip(platform: str) -> Path:
    """Build the archive of `contract/`, `handlers/` and the OpenAPI document; return its path.

    The platform is `uv`'s name for that of Lambda, or `host` for this machine.
    """
    python = _python(platform)
    files = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for room in ("contract", "handlers")
        for path in (ROOT / room).rglob("*")
        if path.suffix in UPLOADED
    }
    _check(files)
    files["handlers/functions/metadata/openapi.json"] = json.dumps(openapi.document(), separators=(",", ":")).encode()
    digest = _recipe(python)
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    target = BUILD / f"handlers-{digest.hexdigest()[:16]}.zip"
    if target.exists():
        target.touch()  # `sallyport.client.stack.reload` takes the one of the last deployment
        return target
    with _draft() as folder:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        _compile(folder, python)
        return _write_zip(target, folder, "", LEVEL)


def layer_zip(platform: str, requirements: str) -> Path:
    """Build a layer from hashed requirements for a platform named as by `uv`, or for this machine (`host`)."""
    python = _python(platform)
    digest = _recipe(f"{platform} {python} {sys.platform}")
    digest.update(REQUIREMENTS[requirements].read_bytes())
    target = BUILD / f"{requirements}-{platform}-{digest.hexdigest()[:16]}.zip"
    if target.exists():
        return target
    where = [] if platform == "host" else ["--python-platform", platform]
    with _draft() as folder:
        _install(folder, requirements, [*where, "--python-version", python])
        _prune(folder)
        _compile(folder, python)
        return _write_zip(target, folder, "python/", LOCAL_LEVEL if platform == "host" else LEVEL)


def _python(platform: str) -> str:
    return THIS_PYTHON if platform == "host" else LAMBDA_PYTHON


def _recipe(what: str) -> "hashlib._Hash":
    """Return the start of the digest that names a build: of this module and this Python."""
    return hashlib.sha256(Path(__file__).read_bytes() + f"{what} {THIS_PYTHON}".encode())


@contextmanager
def _draft() -> Iterator[Path]:
    """Return a new folder to build in; two builds may run at once."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        yield Path(folder)


def _check(files: dict[str, bytes]) -> None:
    """Raise `pulumi.RunError` for a Python file with a syntax error."""
    for name, source in files.items():
        if not name.endswith(".py"):
            continue
        try:
            compile(source, name, "exec", dont_inherit=True)
        except SyntaxError as error:
            raise pulumi.RunError(f"{name}:{error.lineno}: {error.msg}") from None


def _install(folder: Path, requirements: str, options: list[str]) -> None:
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--require-hashes", "--no-build-isolation"]
    command += ["--only-binary", ":all:", *(f"--no-binary={name}" for name in SOURCE_ONLY)]
    command += ["--target", str(folder), *options, "-r", str(REQUIREMENTS[requirements])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 our own arguments
    if done.returncode:
        raise pulumi.RunError(f"The layer cannot be built:\n{done.stderr.strip()}")


def _compile(folder: Path, python: str) -> None:
    """Add bytecode that is never checked against its source, because a cold start in Lambda's read-only folders would
    compile every import. Only the Python that runs it can make it.
    """
    if python != THIS_PYTHON:
        return
    command = [sys.executable, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(folder), "-p", "/", str(folder)]  # no path of this machine
    done = subprocess.run(  # noqa: S603 our own arguments
        command, cwd=BUILD, env={"PYTHONHASHSEED": "0"}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise pulumi.RunError(f"The archive cannot be compiled:\n{done.stdout.strip()}")


def _prune(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file() and _is_skipped(path.relative_to(folder)):
            path.unlink()


def _is_skipped(path: Path) -> bool:
    """Return whether the file differs between two installations, or is never imported."""
    if path.parts[:2] == TWILIO and len(path.parts) > 3 and path.parts[2] not in TWILIO_NEEDED:
        return True
    if path.parts[0].split("-")[0] in TWILIO_ASYNC:
        return True
    if path.parent.suffix == ".dist-info" and path.name in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json"):
        return True
    return any(part in SKIPPED for part in path.parts) or path.name in (".lock", "uv_cache.json", "uv_build.json")


def _write_zip(target: Path, folder: Path, prefix: str, level: int) -> Path:
    """Write the zip beside its place and move it there, so that a killed build leaves no incomplete file."""
    draft = target.with_suffix(f".{os.getpid()}.draft")
    paths = {f"{prefix}{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*") if path.is_file()}
    with zipfile.ZipFile(draft, "w") as archive:
        for name, path in sorted(paths.items()):
            info = zipfile.ZipInfo(name, FIXED_DATE)
            info.external_attr, info.compress_type, info.create_system = FILE_MODE, zipfile.ZIP_DEFLATED, 3
            archive.writestr(info, path.read_bytes(), compresslevel=level)
    draft.replace(target)
    return target


if __name__ == "__main__":  # of `make setup`: the layers for this machine, so that the first `sallyport up` builds none
    try:
        with ThreadPoolExecutor() as pool:
            list(pool.map(partial(layer_zip, "host"), REQUIREMENTS))
    except pulumi.RunError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("\nStopped; the next `make setup` goes on.")
