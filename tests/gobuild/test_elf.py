"""The ELF reader tells static programs from others, and survives any bytes."""

import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gobuild import elf

_LOAD, _DYNAMIC, _INTERP = 1, 2, 3
_NEEDED = 1


def made(
    *, type: int = 2, machine: int = 62, segments: tuple[int, ...] = (_LOAD,), tags: tuple[int, ...] = ()
) -> bytes:
    """A minimal ELF file by hand: a header, program headers, and one dynamic section of `tags` at the end."""
    table = b"".join(struct.pack("<qQ", tag, 7) for tag in (*tags, 0))
    at = 64 + 56 * len(segments)
    header = struct.pack("<HHIQQQIHHHHHH", type, machine, 1, 0, 64, 0, 0, 64, 56, len(segments), 0, 0, 0)
    programs = b"".join(struct.pack("<IIQQQQQQ", kind, 4, at, 0, 0, len(table), 0, 8) for kind in segments)
    return b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + header + programs + table


@pytest.mark.parametrize(("type", "machine"), [(2, 62), (3, 183), (2, 243)])
def test_type_and_machine_are_read_from_the_header(type, machine):
    found = elf.read(made(type=type, machine=machine))
    assert found == elf.Elf(type=type, machine=machine, interpreter=False, needs_libraries=False)


def test_a_program_that_asks_for_an_interpreter_is_recognised():
    assert elf.read(made(segments=(_LOAD, _INTERP))).interpreter


def test_a_program_that_needs_a_library_is_recognised():
    assert elf.read(made(segments=(_LOAD, _DYNAMIC), tags=(30, _NEEDED))).needs_libraries


def test_a_dynamic_section_without_libraries_is_still_static():
    assert not elf.read(made(segments=(_DYNAMIC,), tags=(30,))).needs_libraries


def test_what_stands_after_the_end_of_the_dynamic_section_does_not_count():
    assert not elf.read(made(segments=(_DYNAMIC,), tags=(0, _NEEDED))).needs_libraries


def test_this_python_is_recognised_as_a_program_with_an_interpreter():
    assert elf.read(Path(sys.executable).resolve().read_bytes()).interpreter


def _with(data: bytes, offset: int, replacement: bytes) -> bytes:
    return data[:offset] + replacement + data[offset + len(replacement) :]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "does not begin"),
        (b"#!/bin/sh\n", "does not begin"),
        (_with(made(), 4, b"\x01"), "not a 64-bit"),
        (_with(made(), 5, b"\x02"), "little-endian"),
        (made()[:40], "cut off"),
        (made()[:70], "cut off"),
        (_with(made(), 54, b"\x20\x00"), "program headers are 32 bytes"),
        (made(segments=(_DYNAMIC,), tags=(_NEEDED,))[:-1], "dynamic section is cut off"),
    ],
)
def test_a_damaged_or_foreign_file_is_refused_with_its_reason(data, why):
    with pytest.raises(elf.NotAnElf, match=why):
        elf.read(data)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_but_never_crash(data):
    _read_or_refuse(data)
    _read_or_refuse(b"\x7fELF\x02\x01\x01" + data)


@given(st.data())
def test_any_damage_to_a_good_file_is_read_or_refused_but_never_crashes(data):
    good = made(segments=(_LOAD, _DYNAMIC, _INTERP), tags=(30, _NEEDED))
    at = data.draw(st.integers(0, len(good)))
    _read_or_refuse(
        _with(good, at, data.draw(st.binary(min_size=1, max_size=16)))[: data.draw(st.integers(0, 400))]
    )


def _read_or_refuse(data: bytes) -> None:
    try:
        elf.read(data)
    except elf.NotAnElf as error:
        assert str(error)
