"""What a Pulumi project says of itself."""

import re
from pathlib import Path


def project_name(folder: Path) -> str:
    """The name in `Pulumi.yaml`, read without the weight of a YAML parser: every command asks for it."""
    found = re.search(r"^name:\s*(\S+)", (folder / "Pulumi.yaml").read_text(), re.MULTILINE)
    if not found:
        raise ValueError(f"{folder / 'Pulumi.yaml'} has no name")
    return found.group(1)
