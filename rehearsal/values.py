"""Property values: plain JSON plus what JSON cannot say (secret, unknown, asset), to and from Pulumi's wire form.

A value is None, bool, int, float, str, list, dict, or a marker of this module. Not for what a property means.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from google.protobuf import struct_pb2

Value = Any
Values = dict[str, Any]

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class UnsupportedValue(Exception):
    """The program sent a kind of value that the rehearsal does not have; the message names it."""


@dataclass(frozen=True)
class Secret:
    """A value that must not be shown or written anywhere in plain text."""

    value: Value = field(repr=False)


class Unknown:
    """A value that only the real run will know. There is one, `UNKNOWN`; it equals nothing but itself."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Digest:
    """What the state keeps of a secret: a salted digest, enough to see a change and to find it again."""

    digest: str


@dataclass(frozen=True)
class Asset:
    """A file, a text or an address; two are equal when their contents are.

    `kind` says what `source` is: a path, the text itself, or a URI. `archive` is true for a FileArchive or a
    RemoteArchive, where a path may be a directory. `hash` is the sha256 of the content (of the address for a
    URI), None for a path that does not exist.
    """

    kind: Literal["path", "text", "uri"] = field(compare=False)
    source: str = field(compare=False)
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
    """The properties of one message; secrets, unknowns and assets become markers. Raises UnsupportedValue."""
    return {key: from_protobuf(value) for key, value in struct.fields.items()}


def from_protobuf(value: struct_pb2.Value) -> Value:
    """One value; a number without a fraction becomes an int. Raises UnsupportedValue."""
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
    if signature is None:
        return values
    if signature == SECRET:
        inner = values.get("value")
        return inner if isinstance(inner, Secret) else Secret(inner)
    if signature in (ASSET, ARCHIVE):
        for kind in ("path", "text", "uri"):
            if isinstance(values.get(kind), str):
                return Asset.of(kind, values[kind], archive=signature == ARCHIVE)
        raise UnsupportedValue("an AssetArchive is not supported by the rehearsal; give a FileArchive")
    if signature == RESOURCE:
        return values.get("id") or values["urn"]
    if signature == OUTPUT:
        inner = values.get("value", UNKNOWN)
        return Secret(inner) if values.get("secret") and not isinstance(inner, Secret) else inner
    raise UnsupportedValue(f"a value with the signature {signature} is not supported by the rehearsal")


def to_struct(values: Mapping[str, Value]) -> struct_pb2.Struct:
    """Properties for the program. A Digest must have been replaced before."""
    struct = struct_pb2.Struct()
    for key, value in values.items():
        struct.fields[key].CopyFrom(to_protobuf(value))
    return struct


def to_protobuf(value: Value) -> struct_pb2.Value:
    """One value for the program."""
    match value:
        case None:
            return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
        case Unknown():
            return struct_pb2.Value(string_value=UNKNOWN_TEXT)
        case Secret():
            return to_protobuf({SIGNATURE: SECRET, "value": value.value})
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


def transform(value: Value, leaf: Callable[[Value], Value]) -> Value:
    """The same shape with `leaf` applied to everything that is neither a list, a dict nor a Secret."""
    if isinstance(value, dict):
        return {key: transform(item, leaf) for key, item in value.items()}
    if isinstance(value, list):
        return [transform(item, leaf) for item in value]
    if isinstance(value, Secret):
        return Secret(transform(value.value, leaf))
    return leaf(value)


def plain(value: Value) -> Value:
    """The same value without its Secret markers, at any depth."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return plain(value.value) if isinstance(value, Secret) else value


def leaves(value: Value) -> Iterator[Value]:
    """Every leaf, looking into secrets too."""
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, Secret):
        yield from leaves(value.value)
    else:
        yield value


def has_unknown(value: Value) -> bool:
    """Whether any part is unknown."""
    return any(leaf is UNKNOWN for leaf in leaves(value))


def has_secret(value: Value) -> bool:
    """Whether any part is secret, or was (a Digest)."""
    match value:
        case Secret() | Digest():
            return True
        case dict():
            return any(has_secret(item) for item in value.values())
        case list():
            return any(has_secret(item) for item in value)
    return False
