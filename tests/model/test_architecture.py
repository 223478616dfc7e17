"""What the program may rely on about each architecture."""

import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from model.architecture import Architecture


@pytest.mark.parametrize("architecture", Architecture)
def test_every_architecture_is_parsed_from_its_own_name(architecture):
    assert Architecture.parse(architecture.value) is architecture


@pytest.mark.parametrize(("name", "meant"), [("x86_64", "amd64"), ("aarch64", "arm64")])
def test_the_kernels_name_is_refused_with_the_name_that_was_meant(name, meant):
    with pytest.raises(ValueError, match=f"'{name}'.*'amd64' or 'arm64'.*write '{meant}'"):
        Architecture.parse(name)


@pytest.mark.parametrize("name", ["", "riscv64", "amd64 ", "Arm64"])
def test_an_unknown_name_is_refused_with_the_value_and_what_is_allowed(name):
    with pytest.raises(ValueError, match=f"'{name}' is unknown: it must be 'amd64' or 'arm64'$"):
        Architecture.parse(name)


@pytest.mark.parametrize("architecture", Architecture)
def test_the_default_level_is_allowed(architecture):
    assert architecture.check_level(architecture.default_level) == architecture.default_level


@pytest.mark.parametrize("level", ["v8.2", "v9.5", "v8.0,lse", "v8.0,lse,crypto"])
def test_arm64_levels_with_extensions_are_allowed(level):
    assert Architecture.ARM64.check_level(level) == level


@pytest.mark.parametrize(
    ("architecture", "level"),
    [
        (Architecture.AMD64, "v5"),
        (Architecture.AMD64, "v8.0"),
        (Architecture.ARM64, "v9.6"),
        (Architecture.ARM64, "v2"),
    ],
)
def test_a_level_of_another_architecture_or_of_none_is_refused(architecture, level):
    with pytest.raises(ValueError, match=f"{architecture.level_variable} must be v"):
        architecture.check_level(level)


def test_the_kernel_of_this_machine_uses_the_name_that_the_table_says():
    assert platform.machine() in {each.uname for each in Architecture}
    (here,) = (each for each in Architecture if each.uname == platform.machine())
    with Path("/proc/self/exe").open("rb") as running:
        assert int.from_bytes(running.read(20)[18:20], "little") == here.elf_machine


@pytest.mark.skipif(not shutil.which("dpkg"), reason="only Debian and its kin have dpkg")
def test_debian_calls_this_machine_what_the_table_says():
    (here,) = (each for each in Architecture if each.uname == platform.machine())
    asked = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == here.debian
