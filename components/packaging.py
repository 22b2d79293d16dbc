"""What is uploaded: one archive of the handlers, two layers of what they import. Same input, same bytes."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.settings import Settings
from contract import openapi

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("SALLYPORT_BUILD_DIR") or ROOT / ".sallyport" / "build")
REQUIREMENTS = {name: ROOT / "requirements" / f"{name}.txt" for name in ("layer", "factors")}
SOURCE_ONLY = ("authy",)  # pure Python, and published as source alone
LAMBDA_PYTHON = "3.13"
ARCHITECTURE = "arm64"
RUNTIME = f"python{LAMBDA_PYTHON}"
FIXED_DATE = (2020, 1, 1, 0, 0, 0)
FILE_MODE = 0o644 << 16
TWILIO = ("twilio", "rest")
TWILIO_NEEDED = ("verify",)  # of Twilio's forty products; each is imported when it is first used
SKIPPED = ("__pycache__", "bin", "tests", "test")


Libraries = Literal["none", "base", "factors"]
"""What a function imports beside its own code: nothing, what all need, or that and what second factors need."""


class Package(pulumi.ComponentResource):
    """The handlers' archive, and the layers as deployed versions."""

    archive: pulumi.Archive

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sallyport:index:Package", name, None, opts)
        self._settings = settings
        self.archive = pulumi.FileArchive(str(handlers_zip()))
        self._base = self._layer(f"{name}-layer", "layer", "")
        self._factors = self._layer(f"{name}-factors", "factors", "-factors")
        self.register_outputs({"layer_arn": self._base.arn})

    def layers(self, libraries: Libraries) -> list[pulumi.Output[str]]:
        """The layer of these libraries; that of the factors holds the others too."""
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


def handlers_zip() -> Path:
    """Build the archive of `contract/`, `handlers/` and the OpenAPI document; answers where it lies."""
    files = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for room in ("contract", "handlers")
        for path in (ROOT / room).rglob("*.py")
    }
    _check(files)
    files["handlers/openapi.json"] = json.dumps(openapi.document(), separators=(",", ":")).encode()
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    target = BUILD / f"handlers-{digest.hexdigest()[:16]}.zip"
    return target if target.exists() else _write_zip(target, files)


def layer_zip(platform: str, requirements: str) -> Path:
    """Build a layer from hashed requirements for a platform of `uv`'s, or for this machine (`host`)."""
    is_host = platform == "host"
    python = f"{sys.version_info.major}.{sys.version_info.minor}" if is_host else LAMBDA_PYTHON
    key = hashlib.sha256(f"{platform} {python} {sys.platform}".encode() + REQUIREMENTS[requirements].read_bytes())
    target = BUILD / f"{requirements}-{platform}-{key.hexdigest()[:16]}.zip"
    if target.exists():
        return target
    folder = target.with_suffix("")
    where = [] if is_host else ["--python-platform", platform]
    _install(folder, requirements, [*where, "--python-version", python])
    files = {
        f"python/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not _is_skipped(path.relative_to(folder))
    }
    return _write_zip(target, files)


def _check(files: dict[str, bytes]) -> None:
    """What is not Python must not be uploaded."""
    for name, source in files.items():
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


def _is_skipped(path: Path) -> bool:
    """What differs between two installations of the same files, or is never imported."""
    if path.parts[:2] == TWILIO and len(path.parts) > 3 and path.parts[2] not in TWILIO_NEEDED:
        return True
    if path.parent.suffix == ".dist-info" and path.name in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json"):
        return True
    return any(part in SKIPPED for part in path.parts) or path.name in (".lock", "uv_cache.json", "uv_build.json")


def _write_zip(target: Path, files: dict[str, bytes]) -> Path:
    """Write the zip beside its place and move it there, so that a killed build leaves nothing half-made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{os.getpid()}.draft")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(files.items()):
            info = zipfile.ZipInfo(name, FIXED_DATE)
            info.external_attr, info.compress_type, info.create_system = FILE_MODE, zipfile.ZIP_DEFLATED, 3
            archive.writestr(info, content)
    draft.replace(target)
    return target
