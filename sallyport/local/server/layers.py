"""Layers and code that are measured and unpacked once, and shared by their functions.

MiniStack unpacks them for each process: 30 MB and 1,500 files before every cold start of a function with the factors
layer, and 600 files of the handlers.
"""

import hashlib
import os
import tempfile
import zipfile
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

ARCHIVES = 8
"""As many archives are remembered: the same few are asked for at each change and each start of a function."""


def install(layers: Path, code: Path) -> None:
    """Unpack layers and code into these folders."""
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": lambda path: _Code(Path(path), code)})
    lambda_svc._unzipped_size = lru_cache(maxsize=ARCHIVES)(lambda_svc._unzipped_size)
    spawn = lambda_runtime.Worker._spawn

    def spawn_with_shared_layers(worker: Any) -> None:
        config = worker.config
        paths = [str(_layer(layers, layer)) for layer in config.get("Layers", [])]
        known = config.get("Environment", {}).get("Variables", {})
        variables = {**known, "_LAMBDA_LAYERS_DIRS": os.pathsep.join(paths)}
        worker.config = {**config, "Layers": [], "Environment": {"Variables": variables}}
        try:
            spawn(worker)
        finally:
            worker.config = config

    lambda_runtime.Worker._spawn = spawn_with_shared_layers


@lru_cache(maxsize=ARCHIVES)
def digest(archive: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(archive).hexdigest()


class _Code:
    """The archive of a function's code, as MiniStack reads it: instead of being unpacked again, it is linked."""

    def __init__(self, archive: Path, folder: Path) -> None:
        self._archive = archive
        self._folder = folder

    def __enter__(self) -> "_Code":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def extractall(self, target: str) -> None:
        Path(target).rmdir()
        Path(target).symlink_to(_unpacked(self._folder, self._archive.read_bytes()))


def _layer(folder: Path, layer: Any) -> Path:
    content = lambda_svc._resolve_layer_zip(layer)
    if content is None:
        raise RuntimeError(f"There is no layer {layer}")
    return _unpacked(folder, content)


def _unpacked(folder: Path, content: bytes) -> Path:
    """Return the folder of the unpacked archive, moved into its place whole: other processes do the same."""
    target = folder / digest(content)
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as draft,
            zipfile.ZipFile(BytesIO(content)) as file,
        ):
            file.extractall(draft)
            try:
                Path(draft).rename(target)
            except OSError:
                if not target.exists():  # else another process of the function was faster
                    raise
    return target
