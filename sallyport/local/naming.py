"""Physical names, as Pulumi generates them: the logical name and a random suffix, or the pattern of the project.

Source: Pulumi's documentation, "Resource names", on `pulumi:autonaming`.
"""

import hashlib
import re
from pathlib import Path

DEFAULT = "${name}-${hex(7)}"
CONFIGURED = re.compile(r"^ *pulumi:autonaming:\s+(?:value:\s+)?pattern: *[\"']?([^\"'\n#]+)", re.MULTILINE)
PLACEHOLDER = re.compile(r"\$\{(\w+)(?:\((\d+)\))?\}")


def pattern(folder: Path) -> str:
    """Return the pattern in `Pulumi.yaml`, read without a YAML parser, because every command needs it."""
    found = CONFIGURED.search((folder / "Pulumi.yaml").read_text(encoding="utf-8"))
    return found[1].strip() if found else DEFAULT


def physical_name(pattern: str, urn: str) -> str:
    """Return the name of a resource: the same at every run, unlike Pulumi's. Raises `ValueError`.

    A URN is `urn:pulumi:STACK::PROJECT::TYPES::NAME`.
    """
    head, project, _, name = urn.split("::", 3)
    values = {"name": name, "stack": head.rpartition(":")[2], "project": project}

    def value(placeholder: re.Match[str]) -> str:
        what, length = placeholder.groups()
        if what == "hex" and length:
            return hashlib.sha256(urn.encode()).hexdigest()[: int(length)]
        if what not in values:
            raise ValueError(f"pulumi:autonaming: {placeholder[0]} is not known here")
        return values[what]

    return PLACEHOLDER.sub(value, pattern)
