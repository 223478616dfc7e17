"""What the making of a lab's image leaves behind."""

import os
import re
from pathlib import Path

import pytest

from lab.architecture import native
from lab.builder import Builder
from lab.cgroup import Cgroup
from lab.errors import LabError
from lab.progress import Progress

pytestmark = pytest.mark.lab


def test_what_is_mounted_while_an_image_is_made_is_not_mounted_here(tmp_path: Path) -> None:
    """Killed half way, the tree would else keep this machine's /proc and /sys, and could not be removed."""
    commands, seen = Cgroup("slipway-image-test"), tmp_path / "seen"
    commands.create()
    try:
        builder = Builder(tmp_path, commands, Progress(), native())
        with pytest.raises(LabError):
            looks = f"--setup-hook=readlink /proc/self/ns/mnt >{seen}; exit 1"
            builder.debian("custom", ["base-files"], tmp_path / "root", looks)
    finally:
        commands.remove()
    assert re.fullmatch(r"mnt:\[\d+\]", seen.read_text().strip())
    assert seen.read_text().strip() != os.fspath(Path("/proc/self/ns/mnt").readlink())
