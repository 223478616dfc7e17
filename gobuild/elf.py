"""What an ELF file says about itself, as far as a static binary must prove it. Links nothing."""

import struct
from dataclasses import dataclass

_PT_DYNAMIC, _PT_INTERP = 2, 3
_DT_NULL, _DT_NEEDED = 0, 1
_HEADER = struct.Struct("<HHIQQQIHHHHHH")  # after e_ident, 64-bit little-endian
_SEGMENT = struct.Struct("<IIQQQQQQ")
_ENTRY = struct.Struct("<qQ")
EXECUTABLE_TYPES = {2: "ET_EXEC", 3: "ET_DYN"}


class NotAnElf(Exception):
    """The bytes are no 64-bit little-endian ELF file, or a damaged one."""


@dataclass(frozen=True, kw_only=True)
class Elf:
    """`type` and `machine` as in <elf.h>; whether it asks for an interpreter or for shared libraries."""

    type: int
    machine: int
    interpreter: bool
    needs_libraries: bool


def read(data: bytes) -> Elf:
    """Parse the headers of an ELF file; raise NotAnElf, and nothing else, for what is none."""
    if data[:4] != b"\x7fELF":
        raise NotAnElf("it does not begin as an ELF file")
    if data[4:7] != b"\x02\x01\x01":
        raise NotAnElf("it is not a 64-bit little-endian ELF file of version 1")
    try:
        header = _HEADER.unpack_from(data, 16)
        file_type, machine, segments_at, segment_size, segments = (header[i] for i in (0, 1, 4, 8, 9))
        if segments and segment_size != _SEGMENT.size:
            raise NotAnElf(f"its program headers are {segment_size} bytes long, not {_SEGMENT.size}")
        found = [_SEGMENT.unpack_from(data, segments_at + i * segment_size) for i in range(segments)]
    except (struct.error, OverflowError) as error:
        raise NotAnElf("its headers are cut off") from error
    return Elf(
        type=file_type,
        machine=machine,
        interpreter=any(segment[0] == _PT_INTERP for segment in found),
        needs_libraries=any(
            _needs_libraries(data, segment[2], segment[5]) for segment in found if segment[0] == _PT_DYNAMIC
        ),
    )


def _needs_libraries(data: bytes, offset: int, size: int) -> bool:
    table = data[offset : offset + size]
    if len(table) != size or size % _ENTRY.size:
        raise NotAnElf("its dynamic section is cut off")
    for tag, _ in _ENTRY.iter_unpack(table):
        if tag == _DT_NULL:
            return False
        if tag == _DT_NEEDED:
            return True
    return False
