"""Values between the Pulumi SDK's protobuf structs and plain Python.

Source: pulumi/pulumi, `sdk/python/lib/pulumi/runtime/rpc.py` (the signatures of special values).
"""

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from google.protobuf import struct_pb2

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 a marker on the wire
ASSETS = ("c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7")
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

Plain = Any


@dataclass(frozen=True)
class File:
    """An asset or archive that lies in a file."""

    path: str

    @property
    def content(self) -> bytes:
        """Its bytes; a folder is zipped, the same files to the same bytes."""
        path = Path(self.path)
        return _zipped(path) if path.is_dir() else path.read_bytes()

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes."""
        return hashlib.sha256(self.content).hexdigest()


def _zipped(folder: Path) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                info = zipfile.ZipInfo(path.relative_to(folder).as_posix(), (2020, 1, 1, 0, 0, 0))
                info.external_attr = 0o644 << 16
                archive.writestr(info, path.read_bytes())
    return content.getvalue()


def read(struct: struct_pb2.Struct) -> dict[str, Plain]:
    """A struct as plain values: whole numbers as int, secrets unwrapped, archives as `File`."""
    return {key: _read(value) for key, value in struct.fields.items()}


def write(values: Mapping[str, Plain], secrets: tuple[str, ...] = ()) -> struct_pb2.Struct:
    """Plain values as a struct; the top-level names in `secrets` are wrapped so that they stay secret."""
    struct = struct_pb2.Struct()
    struct.update({key: _write(value, key in secrets) for key, value in values.items()})
    return struct


def secret_names(struct: struct_pb2.Struct) -> tuple[str, ...]:
    """The top-level names whose values are secret, or hold a secret."""
    return tuple(key for key, value in struct.fields.items() if _holds_secret(value))


def has_unknown(value: Plain) -> bool:
    """Whether something in here is the output of a resource that was not made."""
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return bool(value == UNKNOWN)


def empty_paths(value: Plain, path: str = "") -> list[str]:
    """Where a nested value is None: an output that its resource did not supply."""
    if isinstance(value, dict):
        return [hit for key, item in value.items() for hit in empty_paths(item, f"{path}.{key}")]
    if isinstance(value, list):
        return [hit for index, item in enumerate(value) for hit in empty_paths(item, f"{path}[{index}]")]
    return [path.lstrip(".")] if value is None else []


def _read(value: struct_pb2.Value) -> Plain:
    match value.WhichOneof("kind"):
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "struct_value":
            return _read_struct(value.struct_value)
        case "list_value":
            return [_read(item) for item in value.list_value.values]
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
    return None


def _read_struct(struct: struct_pb2.Struct) -> Plain:
    marker = struct.fields[SIGNATURE].string_value if SIGNATURE in struct.fields else ""
    if marker == SECRET:
        return _read(struct.fields["value"])
    if marker in ASSETS:
        if "path" not in struct.fields:
            raise ValueError("only archives that lie in a file are handled")
        return File(struct.fields["path"].string_value)
    return read(struct)


def _write(value: Plain, is_secret: bool) -> Plain:
    if isinstance(value, File):
        value = {SIGNATURE: ASSETS[1], "path": value.path}
    return {SIGNATURE: SECRET, "value": value} if is_secret else value


def _holds_secret(value: struct_pb2.Value) -> bool:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        is_secret = SIGNATURE in fields and fields[SIGNATURE].string_value == SECRET
        return is_secret or any(_holds_secret(item) for item in fields.values())
    return kind == "list_value" and any(_holds_secret(item) for item in value.list_value.values)
