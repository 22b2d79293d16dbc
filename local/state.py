"""What the engine remembers between two runs: which resources are made, from which inputs, with which outputs."""

import json
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Entry:
    """One resource that exists."""

    type: str
    name: str
    id: str
    inputs_digest: str
    outputs: dict[str, Any]
    secrets: list[str] = field(default_factory=list)


class StateBroken(Exception):
    """The file is there and cannot be read; what it knew is not lost as long as nobody writes it."""


class State:
    """A file of entries by URN, in the order in which they were made. Written whole and at once, readable by its
    owner alone: it holds the outputs, secrets among them. Raises `StateBroken`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        content = _read(path)
        self.generation: str = content.get("generation", "")
        self.entries = {urn: Entry(**entry) for urn, entry in content.get("resources", {}).items()}
        self.outputs: dict[str, Any] = content.get("outputs", {})
        self.secret_outputs: list[str] = content.get("secret_outputs", [])

    def put(self, urn: str, entry: Entry) -> None:
        """Remember a resource, at once: what is made and not remembered would be made twice."""
        with self._lock:
            self.entries[urn] = entry
            self._save()

    def drop(self, urn: str) -> None:
        """Forget a resource."""
        with self._lock:
            self.entries.pop(urn, None)
            self._save()

    def save(self) -> None:
        """Write everything."""
        with self._lock:
            self._save()

    def _save(self) -> None:
        content = {
            "generation": self.generation,
            "resources": {urn: vars(entry) for urn, entry in self.entries.items()},
            "outputs": self.outputs,
            "secret_outputs": self.secret_outputs,
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(json.dumps(content))  # `dump` would not use the fast encoder, and this is done for each resource
        draft.replace(self._path)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text()) if path.exists() else {}
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise StateBroken(f"{path} is damaged. Restore it, or forget the stack and its users: sallyport down --wipe")
    return content
