"""Packages that a host lacks: named, or installed with the host's own package manager when the settings allow it.

The host has no way to Debian's archive, so it gets one of its own with a package that this test makes; apt and dpkg are real.
"""

import base64
import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.machine import Machine
from tests.lab.project import Project, greeter, region

pytestmark = pytest.mark.lab
CONTROL = """\
Package: logrotate
Version: 99
Architecture: all
Maintainer: Slipway tests <tests@example.com>
Description: stand-in
"""


def archive(folder: Path) -> Path:
    """A flat apt archive with a logrotate that is a mere script."""
    program = folder / "tree" / "usr" / "sbin" / "logrotate"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    (folder / "tree" / "DEBIAN").mkdir()
    (folder / "tree" / "DEBIAN" / "control").write_text(CONTROL)
    package = folder / "logrotate.deb"
    subprocess.run(
        ["dpkg-deb", "--build", "--root-owner-group", folder / "tree", package],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    digest, size = hashlib.sha256(package.read_bytes()).hexdigest(), package.stat().st_size
    (folder / "Packages").write_text(f"{CONTROL}Filename: ./logrotate.deb\nSize: {size}\nSHA256: {digest}\n")
    return folder


def put(machine: Machine, source: Path, target: str) -> None:
    text = base64.b64encode(source.read_bytes()).decode()
    machine.run(f"base64 -d | sudo install -D /dev/stdin {target}", stdin=text)


def test_a_missing_package_is_named_or_installed_as_the_settings_say(
    tmp_path: Path, fresh_host: Callable[[str], Machine]
) -> None:
    host = fresh_host("bare")
    host.run("sudo dpkg --force-depends --purge logrotate")
    stack = greeter(region([host]))
    (tmp_path / "project").mkdir()
    project = Project(tmp_path / "project", stack)

    refused = project.up()
    assert refused.code != 0
    assert "not installed: logrotate" in refused.text
    assert host.run("ls /opt/greeter/app/releases", check=False).stdout.strip() == "", (
        "something was installed all the same"
    )

    made = archive(tmp_path / "archive")
    for name in ("Packages", "logrotate.deb"):
        put(host, made / name, f"/srv/archive/{name}")
    host.run("sudo rm -rf /etc/apt/sources.list.d /etc/apt/sources.list")
    host.run("echo 'deb [trusted=yes] file:/srv/archive ./' | sudo tee /etc/apt/sources.list")
    stack["release"] = stack.get("release", {}) | {"installPackages": True}
    project.configure(stack)

    project.must_up()
    assert "logrotate 99" in host.run("dpkg-query -W -f '${Package} ${Version}' logrotate").stdout
    assert host.run("curl -fsS http://127.0.0.1:8080/healthz").stdout
