"""The bytes that teams upload: a function with its libraries, zipped, without bytecode and without Lambda's boto3."""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from io import BytesIO
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from components import packaging

SKIPPED = ("__pycache__", "bin", "..")


@dataclass(frozen=True)
class Size:
    """Bytes of a zip."""

    source: int
    bytecode: int


def ours(platform: str) -> dict[str, Size]:
    """Return the sizes of what we upload, for a platform that is named as by `uv`, or `host` for this machine."""
    zips = {
        "handlers": packaging.handlers_zip(platform),
        "base layer": packaging.layer_zip(platform, "layer"),
        "layer of the factors": packaging.layer_zip(platform, "factors"),
    }
    return {name: _size(one) for name, one in zips.items()}


def theirs(function: Path, python: Path, libraries: Sequence[str]) -> int:
    """Return the size of a function with these libraries and all that they need, as pip has installed them."""
    installed = {canonicalize_name(one.name): one for one in distributions(path=[str(_site_packages(python))])}
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.write(function, function.name)
        for name in sorted(_needed(libraries, installed)):
            for file in installed[name].files or ():
                if not set(SKIPPED) & set(file.parts):
                    zipped.write(str(file.locate()), str(file))
    return archive.tell()


def _needed(names: Sequence[str], installed: Mapping[NormalizedName, Distribution]) -> set[NormalizedName]:
    found: set[NormalizedName] = set()
    waiting = [canonicalize_name(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _required(installed[name])
    return found


def _required(distribution: Distribution) -> Iterator[NormalizedName]:
    for text in distribution.requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)


def _size(archive: Path) -> Size:
    with zipfile.ZipFile(archive) as zipped:
        bytecode = sum(one.compress_size for one in zipped.infolist() if one.filename.endswith(".pyc"))
    return Size(archive.stat().st_size - bytecode, bytecode)


def _site_packages(python: Path) -> Path:
    return next((python.parent.parent / "lib").glob("python*/site-packages"))
