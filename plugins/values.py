"""Property values: plain JSON plus what JSON cannot say (unknown, asset), to and from Pulumi's wire form.

A value is None, bool, int, float, str, list, dict, or a marker of this module. Secrets do not occur: our plugins tell the
engine that they take none, so it hands them over in the clear and marks the outputs of the same names again. What lies deeper is
marked on the way out (`mark_secrets`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from google.protobuf import struct_pb2

Value = Any
Values = dict[str, Any]

SIGNATURE = "4dabf18193072939515e22adb298388d"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Unknown:
    """A value that only the real run will know. There is one, `UNKNOWN`; it equals nothing but itself."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Asset:
    """A file, a text, an address or an archive's members; two are equal when their contents are.

    `kind` says what `source` is: a path, the text itself, a URI, or `assets`, the members of an AssetArchive by name.
    `archive` is true for archives, where a path may be a directory. `hash` is the engine's sha256 of the content, or ours where
    it gave none; None for a path that does not exist.
    """

    kind: Literal["path", "text", "uri", "assets"] = field(compare=False)
    source: Any = field(compare=False)
    archive: bool = False
    hash: str | None = None

    @classmethod
    def of(cls, kind: Literal["path", "text", "uri"], source: str, *, archive: bool = False) -> Asset:
        """The asset with the hash of what `source` holds now."""
        return cls(kind=kind, source=source, archive=archive, hash=_content_hash(kind, source))


def _content_hash(kind: str, source: str) -> str | None:
    if kind == "text":
        return hashlib.sha256(source.encode()).hexdigest()
    if kind == "uri":
        return hashlib.sha256(f"uri:{source}".encode()).hexdigest()
    path = Path(source)
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    if path.is_dir():
        total = hashlib.sha256()
        for member in sorted(path.rglob("*")):
            if member.is_file():
                total.update(f"{member.relative_to(path)}\0{_content_hash('path', str(member))}\n".encode())
        return total.hexdigest()
    return None


def from_struct(struct: struct_pb2.Struct) -> Values:
    """The properties of one message; unknowns and assets become markers."""
    return {key: from_protobuf(value) for key, value in struct.fields.items()}


def from_protobuf(value: struct_pb2.Value) -> Value:
    """One value; a number without a fraction becomes an int."""
    match value.WhichOneof("kind"):
        case "bool_value":
            return value.bool_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return UNKNOWN if value.string_value == UNKNOWN_TEXT else value.string_value
        case "list_value":
            return [from_protobuf(item) for item in value.list_value.values]
        case "struct_value":
            return _from_signed(from_struct(value.struct_value))
        case _:
            return None


def _from_signed(values: Values) -> Value:
    signature = values.get(SIGNATURE)
    if signature not in (ASSET, ARCHIVE):
        return values
    archive = signature == ARCHIVE
    # The engine leaves those of the kinds that an asset is not empty, and of a text its own, so that the order counts.
    for kind in ("path", "uri", "assets", "text"):
        if values.get(kind) or (kind == "text" and kind in values):
            given = values.get("hash")
            source = values[kind]
            if given or kind == "assets":
                return Asset(kind=kind, source=source, archive=archive, hash=given or None)
            return Asset.of(kind, source, archive=archive)
    return Asset(kind="assets", source={}, archive=archive, hash=values.get("hash") or None)


def to_struct(values: Mapping[str, Value]) -> struct_pb2.Struct:
    """Properties for the engine."""
    struct = struct_pb2.Struct()
    for key, value in values.items():
        struct.fields[key].CopyFrom(to_protobuf(value))
    return struct


def to_protobuf(value: Value) -> struct_pb2.Value:
    """One value for the engine."""
    match value:
        case None:
            return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
        case Unknown():
            return struct_pb2.Value(string_value=UNKNOWN_TEXT)
        case Asset():
            signature = ARCHIVE if value.archive else ASSET
            return to_protobuf({SIGNATURE: signature, value.kind: value.source, "hash": value.hash or ""})
        case bool():
            return struct_pb2.Value(bool_value=value)
        case int() | float():
            return struct_pb2.Value(number_value=value)
        case str():
            return struct_pb2.Value(string_value=value)
        case list() | tuple():
            return struct_pb2.Value(
                list_value=struct_pb2.ListValue(values=[to_protobuf(item) for item in value])
            )
        case dict():
            return struct_pb2.Value(struct_value=to_struct(value))
    raise TypeError(f"{type(value).__name__} is not a property value")


def mark_secrets(struct: struct_pb2.Struct, names: frozenset[str]) -> struct_pb2.Struct:
    """The same properties; whatever has one of `names`, however deep in objects, is marked as a secret for the engine."""
    for name, value in struct.fields.items():
        if name in names and not value.HasField("null_value"):
            secret = struct_pb2.Value(struct_value=struct_pb2.Struct())
            secret.struct_value.fields[SIGNATURE].string_value = SECRET
            secret.struct_value.fields["value"].CopyFrom(value)
            value.CopyFrom(secret)
        elif value.HasField("struct_value"):
            mark_secrets(value.struct_value, names)
    return struct
