"""The settings of a Pulumi project."""

import re
from pathlib import Path

NAME = re.compile(r"""^name:\s*["']?([A-Za-z0-9_.-]+)["']?\s*(#.*)?$""", re.MULTILINE)


def project_name(folder: Path) -> str:
    """Return the name in `Pulumi.yaml`, read without a YAML parser, because every command needs it."""
    found = NAME.search((folder / "Pulumi.yaml").read_text())
    if not found:
        raise ValueError(f"{folder / 'Pulumi.yaml'} has no name")
    return found.group(1)
