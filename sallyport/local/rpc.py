"""Conversion between the Pulumi SDK's protobuf structs and plain Python values.

Source: pulumi/pulumi, `sdk/python/lib/pulumi/runtime/rpc.py` (the signatures of special values).
"""

import hashlib
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

SIGNATURE = rpc._special_sig_key
SECRET = rpc._special_secret_sig
ASSETS = (rpc._special_asset_sig, rpc._special_archive_sig)
UNKNOWN = rpc.UNKNOWN

Plain = Any


class Asset(ABC):
    """A file, or an archive of files."""

    @property
    @abstractmethod
    def content(self) -> bytes:
        """The bytes of the asset; the same files give the same bytes."""

    @property
    def digest(self) -> str:
        """The SHA-256 of the asset's bytes."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class File(Asset):
    """An asset that is a file or a folder."""

    path: str

    @property
    def content(self) -> bytes:
        """The bytes of the file; a folder is zipped."""
        path = Path(self.path)
        return _zipped(self.files("")) if path.is_dir() else path.read_bytes()

    def files(self, name: str) -> dict[str, bytes]:
        """Return the files for an archive: path below this name → bytes."""
        path = Path(self.path)
        if not path.is_dir():
            return {name: path.read_bytes()}
        found = (one for one in path.rglob("*") if one.is_file() and "__pycache__" not in one.parts)
        prefix = "" if name in ("", ".") else f"{name}/"
        return {f"{prefix}{one.relative_to(path).as_posix()}": one.read_bytes() for one in found}


@dataclass(frozen=True)
class Text(Asset):
    """An asset that the program gives as text."""

    text: str

    @property
    def content(self) -> bytes:
        """The text in UTF-8."""
        return self.text.encode()

    def files(self, name: str) -> dict[str, bytes]:
        """Return the files for an archive: this name → bytes."""
        return {name: self.content}


@dataclass(frozen=True)
class Assets(Asset):
    """An archive that the program composes of other assets."""

    members: tuple[tuple[str, "File | Text | Assets"], ...]

    @property
    def content(self) -> bytes:
        """The bytes of the zipped archive."""
        return _zipped(self.files(""))

    def files(self, name: str) -> dict[str, bytes]:
        """Return the files for an archive: path below this name → bytes."""
        prefix = "" if name in ("", ".") else f"{name}/"
        files: dict[str, bytes] = {}
        for member, asset in self.members:
            files |= asset.files(f"{prefix}{member}")
        return files


def _zipped(files: Mapping[str, bytes]) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return content.getvalue()


def read(struct: struct_pb2.Struct, root: Path = Path()) -> dict[str, Plain]:
    """Return a struct as plain values: whole numbers as int, secrets unwrapped, archives as assets.

    Paths of assets are relative to `root`, the program's folder.
    """
    return {key: _read(value, root) for key, value in struct.fields.items()}


def write(values: Mapping[str, Plain], secrets: tuple[str, ...] = ()) -> struct_pb2.Struct:
    """Return plain values as a struct; the top-level names in `secrets` are wrapped so that they stay secret."""
    struct = struct_pb2.Struct()
    struct.update({key: _write(value, key in secrets) for key, value in values.items()})
    return struct


def secret_names(struct: struct_pb2.Struct) -> tuple[str, ...]:
    """Return the top-level names whose values are secret or hold a secret."""
    return tuple(key for key, value in struct.fields.items() if _holds_secret(value))


def has_unknown(value: Plain) -> bool:
    """Return whether the value holds an output of a resource that was not made."""
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return bool(value == UNKNOWN)


def empty_paths(value: Plain, path: str = "") -> list[str]:
    """Return the paths of nested values that are None: outputs that their resource did not supply."""
    if isinstance(value, dict):
        return [hit for key, item in value.items() for hit in empty_paths(item, f"{path}.{key}")]
    if isinstance(value, list):
        return [hit for index, item in enumerate(value) for hit in empty_paths(item, f"{path}[{index}]")]
    return [path.lstrip(".")] if value is None else []


def _read(value: struct_pb2.Value, root: Path) -> Plain:
    match value.WhichOneof("kind"):
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "struct_value":
            return _read_struct(value.struct_value, root)
        case "list_value":
            return [_read(item, root) for item in value.list_value.values]
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
    return None


def _read_struct(struct: struct_pb2.Struct, root: Path) -> Plain:
    marker = struct.fields[SIGNATURE].string_value if SIGNATURE in struct.fields else ""
    if marker == SECRET:
        return _read(struct.fields["value"], root)
    if marker in ASSETS:
        return _read_asset(struct, root)
    return read(struct, root)


def _read_asset(struct: struct_pb2.Struct, root: Path) -> File | Text | Assets:
    if "path" in struct.fields:
        return File(str(root / struct.fields["path"].string_value))
    if "text" in struct.fields:
        return Text(struct.fields["text"].string_value)
    if "assets" in struct.fields:
        members = struct.fields["assets"].struct_value.fields
        return Assets(tuple((name, _read_struct(one.struct_value, root)) for name, one in sorted(members.items())))
    raise ValueError("assets from the net are not handled")


def _write(value: Plain, is_secret: bool) -> Plain:
    if isinstance(value, Asset):
        value = _write_asset(value)
    return {SIGNATURE: SECRET, "value": value} if is_secret else value


def _write_asset(asset: Asset) -> Plain:
    match asset:
        case File():
            return {SIGNATURE: ASSETS[1], "path": asset.path}
        case Text():
            return {SIGNATURE: ASSETS[0], "text": asset.text}
        case Assets():
            return {SIGNATURE: ASSETS[1], "assets": {name: _write_asset(one) for name, one in asset.members}}
    raise TypeError(type(asset))


def _holds_secret(value: struct_pb2.Value) -> bool:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        is_secret = SIGNATURE in fields and fields[SIGNATURE].string_value == SECRET
        return is_secret or any(_holds_secret(item) for item in fields.values())
    return kind == "list_value" and any(_holds_secret(item) for item in value.list_value.values)
