"""A host's own storage over a base image: an overlay directory for a container, a copy of the disk for a virtual machine."""

import os
import shutil
from pathlib import Path

from lab.cgroup import Cgroup
from lab.errors import LabError
from lab.identity import GuestFile
from lab.image import Image


def make_overlay(directory: Path, image: Image, files: list[GuestFile]) -> None:
    """Lays out `base`, `upper`, `work` and `root` in the directory, for boot-container.sh to mount."""
    for part in ("upper", "work", "root"):
        (directory / part).mkdir()
    (directory / "base").symlink_to(image.tree)
    upper = directory / "upper"
    for file in files:
        relative = Path(file.path.lstrip("/"))
        for parent in reversed(relative.parents[:-1]):
            _like(image.tree / parent, upper / parent)
        target = upper / relative
        target.write_text(file.content)
        target.chmod(file.mode)
        os.chown(target, file.owner, file.owner)


def _like(base: Path, directory: Path) -> None:
    """A directory of an overlay hides owner and mode of the one below, so they are taken from there."""
    if not directory.exists():
        directory.mkdir()
        state = base.stat()
        os.chown(directory, state.st_uid, state.st_gid)
        directory.chmod(state.st_mode & 0o7777)


def make_disk(directory: Path, image: Image, files: list[GuestFile], commands: Cgroup) -> None:
    """Leaves `disk.raw` in the directory: the image's disk with the files written into it, without mounting it.

    commands: the control group in which the programs for that run.
    """
    disk = directory / "disk.raw"
    commands.run("cp", "--reflink=auto", "--sparse=always", str(image.disk), str(disk))
    staging = directory / "identity"
    staging.mkdir(mode=0o700)
    edits = []
    for number, file in enumerate(files):
        source = staging / str(number)
        source.write_text(file.content)
        edits += [
            f"rm {file.path}",
            f'write "{source}" {file.path}',
            f"set_inode_field {file.path} mode 0{0o100000 | file.mode:o}",
            f"set_inode_field {file.path} uid {file.owner}",
            f"set_inode_field {file.path} gid {file.owner}",
        ]
    script = staging / "commands"
    script.write_text("\n".join(edits) + "\n")
    commands.run("debugfs", "-w", "-f", str(script), str(disk))
    for file in files:
        if commands.run("debugfs", "-R", f"cat {file.path}", str(disk)) != file.content:
            raise LabError(
                f"debugfs could not write {file.path} into {disk}; see `debugfs -w -f {script} {disk}`."
            )
    shutil.rmtree(staging)
