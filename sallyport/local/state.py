"""The engine's state between two runs: the resources with a digest of their inputs and their outputs."""

import json
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Entry:
    """A resource that exists."""

    type: str
    name: str
    id: str
    inputs_digest: str
    outputs: dict[str, Any]
    secrets: list[str] = field(default_factory=list)
    given_name: str = ""
    """The physical name, if the program gave one."""


class StateBroken(Exception):
    """The state file exists but cannot be read; its content is kept as long as nothing overwrites it."""


class State:
    """A file of entries by URN, in the order of their creation. Raises `StateBroken`.

    The file is replaced whole, and only its owner can read it, because the outputs hold secrets. Changes that come
    while it is written share the next writing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()  # of the values
        self._file_lock = threading.Lock()
        self._changes = 0
        self._saved_changes = 0
        content = _read(path)
        self.generation: str = content.get("generation", "")
        self.entries = {urn: Entry(**entry) for urn, entry in content.get("resources", {}).items()}
        self.outputs: dict[str, Any] = content.get("outputs", {})
        self.secret_outputs: list[str] = content.get("secret_outputs", [])

    def put(self, urn: str, entry: Entry) -> None:
        """Record a resource at once: a resource that was made but not recorded would be made twice."""
        with self._lock:
            self.entries[urn] = entry
        self.save()

    def drop(self, urn: str) -> None:
        """Remove a resource from the state."""
        with self._lock:
            self.entries.pop(urn, None)
        self.save()

    def move(self, former: str, urn: str) -> None:
        """Give a resource another URN, in its place."""
        with self._lock:
            self.entries = {urn if one == former else one: entry for one, entry in self.entries.items()}
        self.save()

    def save(self) -> None:
        """Return when the values as they are now are in the file."""
        with self._lock:
            self._changes += 1
            change = self._changes
        with self._file_lock:
            if self._saved_changes < change:
                self._saved_changes = self._write()

    def _write(self) -> int:
        """Replace the file; return the number of the last change that it holds."""
        with self._lock:
            change = self._changes
            content = {
                "generation": self.generation,
                "resources": {urn: vars(entry) for urn, entry in self.entries.items()},
                "outputs": self.outputs,
                "secret_outputs": self.secret_outputs,
            }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(json.dumps(content))  # `dump` is slower
        draft.replace(self._path)
        return change


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text()) if path.exists() else {}
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise StateBroken(f"{path} is damaged. Restore it, or forget the stack and its users: sallyport down --wipe")
    return content
