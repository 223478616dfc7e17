"""The image of the architecture that this machine does not have, made without running one program of that architecture.

The native tree is already configured; what differs between architectures is only what packages unpack. So a copy of the
native tree loses its machine code and gets the unpacked packages of the other architecture laid over it.
"""

import os
import shutil
import stat
from pathlib import Path

from lab.architecture import Architecture, native
from lab.builder import DISK_SIZE, Builder
from lab.errors import LabError


def build(builder: Builder, native_tree: Path) -> None:
    """Leaves `disk.raw` and `vmlinuz` in the builder's directory."""
    wanted, here = builder.architecture, native()
    root, unpacked = builder.directory / "root", builder.directory / "unpacked"

    builder.say("unpacking packages (about 15 s)")
    packages = builder.run(
        "dpkg-query", f"--admindir={native_tree}/var/lib/dpkg", "-W", "-f", "${Package}\n"
    ).split()
    builder.debian("extract", [*packages, wanted.kernel_package], unpacked)

    builder.say("merging with the configured native tree")
    builder.run("cp", "--archive", "--reflink=auto", native_tree, root)
    _drop_machine_code(root, here)
    # Keeps links such as /var/run where the packages have directories of that name, and what apt and dpkg know: on the
    # unpacked side nothing is installed.
    merge = (
        'tar -C "$0" --exclude=./var/lib/dpkg --exclude=./etc/apt -c . '
        '| tar -C "$1" -x --keep-directory-symlink'
    )
    builder.run("sh", "-c", merge, unpacked, root)
    _restore_ownership(unpacked, root, native_tree)
    _rewrite_package_database(root / "var/lib/dpkg", here, wanted)
    _refuse_machine_code(root, here)
    (kernel,) = sorted((root / "boot").glob("vmlinuz-*"))
    builder.run("depmod", "--basedir", root, kernel.name.removeprefix("vmlinuz-"))
    kernel.rename(builder.directory / "vmlinuz")

    # Newer than the merge, or the first boot would spend its time on bringing caches up to date.
    for stamp in ("etc/.updated", "var/.updated"):
        (root / stamp).touch()

    builder.say("writing the disk")
    disk = builder.directory / "disk.raw"
    builder.run("mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", root, disk, DISK_SIZE)
    shutil.rmtree(root)
    shutil.rmtree(unpacked)


def _drop_machine_code(root: Path, architecture: Architecture) -> None:
    for path in list((root / "usr").rglob(f"*{architecture.traits.triplet}*")):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for loader in ("lib64", "usr/lib64"):
        path = root / loader
        if path.is_symlink():
            path.unlink()
        elif path.exists():
            shutil.rmtree(path)
    (root / "etc/ld.so.conf.d" / f"{architecture.traits.triplet}.conf").unlink()
    # Names the libraries just removed; without it the loader looks in its built-in directories, where all of them are.
    # Making it anew at the first boot would cost an emulated processor five seconds; apt makes one when it installs.
    (root / "etc/ld.so.cache").unlink()
    (root / "etc/systemd/system/ldconfig.service").symlink_to("/dev/null")


def _restore_ownership(unpacked: Path, root: Path, native_tree: Path) -> None:
    """What a package's scripts changed after unpacking (groups, setuid) is in the native tree; carry it over."""
    for directory, _, files in os.walk(unpacked):
        for name in files:
            relative = Path(directory, name).relative_to(unpacked)
            try:
                was = (native_tree / relative).lstat()
                now = (root / relative).lstat()
            except (FileNotFoundError, NotADirectoryError):
                continue
            if stat.S_ISREG(now.st_mode) and (was.st_uid, was.st_gid, was.st_mode) != (
                now.st_uid,
                now.st_gid,
                now.st_mode,
            ):
                os.chown(root / relative, was.st_uid, was.st_gid)
                (root / relative).chmod(stat.S_IMODE(was.st_mode))


def _rewrite_package_database(database: Path, here: Architecture, wanted: Architecture) -> None:
    """So that apt on the host takes the installed packages for what they are."""
    status = (database / "status").read_text()
    (database / "status").write_text(
        status.replace(f"\nArchitecture: {here.value}\n", f"\nArchitecture: {wanted.value}\n")
    )
    if (database / "arch").exists():
        (database / "arch").write_text(f"{wanted.value}\n")
    for path in (database / "info").iterdir():
        if path.suffix == ".list":
            path.write_text(path.read_text().replace(here.traits.triplet, wanted.traits.triplet))
        elif path.suffix == ".md5sums":
            path.unlink()
            continue
        path.rename(path.with_name(path.name.replace(f":{here.value}.", f":{wanted.value}.")))


def _refuse_machine_code(root: Path, architecture: Architecture) -> None:
    for directory, _, files in os.walk(root):
        for name in files:
            path = Path(directory, name)
            if path.is_symlink() or not path.is_file():
                continue
            with path.open("rb") as file:
                header = file.read(20)
            if header[:4] == b"\x7fELF" and header[18] == architecture.traits.elf_machine and header[19] == 0:
                raise LabError(
                    f"The image still holds {architecture.value} machine code: {path.relative_to(root)}."
                )
