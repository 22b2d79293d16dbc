"""Layers that are unpacked once and shared by their functions, as in Lambda.

MiniStack unpacks them for each process: 30 MB and 1,500 files before every cold start of a function with the factors
layer.
"""

import hashlib
import os
import shutil
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc


def install(folder: Path) -> None:
    """Unpack layers into this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    spawn = lambda_runtime.Worker._spawn

    def spawn_with_shared_layers(worker: Any) -> None:
        config = worker.config
        paths = [str(_unpacked(folder, layer)) for layer in config.get("Layers", [])]
        known = config.get("Environment", {}).get("Variables", {})
        variables = {**known, "_LAMBDA_LAYERS_DIRS": os.pathsep.join(paths)}
        worker.config = {**config, "Layers": [], "Environment": {"Variables": variables}}
        try:
            spawn(worker)
        finally:
            worker.config = config

    lambda_runtime.Worker._spawn = spawn_with_shared_layers


def _unpacked(folder: Path, layer: Any) -> Path:
    """Return the folder of the unpacked layer, moved into its place whole, so that other processes can do the same."""
    content = lambda_svc._resolve_layer_zip(layer)
    if content is None:
        raise RuntimeError(f"There is no layer {layer}")
    target = folder / hashlib.sha256(content).hexdigest()
    if not target.exists():
        draft = tempfile.mkdtemp()
        with zipfile.ZipFile(BytesIO(content)) as archive:
            archive.extractall(draft)
        try:
            Path(draft).rename(target)
        except OSError:  # another process of the function was faster
            shutil.rmtree(draft)
    return target
