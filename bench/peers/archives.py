"""The bytes that teams upload: a function with its libraries, zipped, without bytecode and without Lambda's boto3."""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import Distribution, distributions
from io import BytesIO
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from components import packaging

SKIPPED = ("__pycache__", "bin", "..")


def ours() -> int:
    """Return the size of the handlers and the base layer, for this machine."""
    return sum(_without_bytecode(one) for one in (packaging.handlers_zip("host"), packaging.layer_zip("host", "layer")))


def theirs(function: Path, python: Path, libraries: Sequence[str]) -> int:
    """Return the size of a function with these libraries and all that they need, as pip has installed them."""
    installed = {canonicalize_name(one.name): one for one in distributions(path=[str(_site_packages(python))])}
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
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


def _without_bytecode(archive: Path) -> int:
    with zipfile.ZipFile(archive) as zipped:
        return sum(one.compress_size for one in zipped.infolist() if not one.filename.endswith(".pyc"))


def _site_packages(python: Path) -> Path:
    return next((python.parent.parent / "lib").glob("python*/site-packages"))
