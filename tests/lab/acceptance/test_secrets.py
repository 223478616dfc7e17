"""A secret of the stack file reaches the service, and is found nowhere else: not here, not on the host, not while it travels."""

from __future__ import annotations

import gzip
import json
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.machine import Machine
from tests.lab import evidence
from tests.lab.acceptance.conftest import Stack
from tests.lab.project import greeter, region

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

SECRET = f"canary-{os.urandom(12).hex()}"
# Processes come and go while they are looked at.
LOOK = """
import contextlib, json, pathlib, sys
wanted, found = sys.stdin.buffer.read(), []
for process in pathlib.Path("/proc").glob("[0-9]*"):
    with contextlib.suppress(OSError):
        if wanted in (process / "environ").read_bytes():
            found.append(int(process.name))
print(json.dumps(found))
"""
SEARCHED = "/etc /home /opt /root /run /tmp /usr/local /var"


@contextmanager
def watched(machine: Machine) -> Iterator[None]:
    """Writes every process's command line down, again and again, into /run/watched."""
    loop = "while :; do ps -ewwo args; done >>/run/watched"
    machine.run(f"sudo -n systemd-run --unit=watcher sh -c '{loop}'")
    try:
        yield
    finally:
        machine.run("sudo -n systemctl stop watcher.service")


def files_with(machine: Machine, text: str) -> list[str]:
    """Files on the host that hold `text`, which travels on stdin so that looking for it leaves no trace of it."""
    found = machine.run(
        f"sudo -n grep --recursive --devices=skip --files-with-matches --fixed-strings --file=- {SEARCHED} 2>/dev/null || true",
        stdin=text,
    )
    return found.stdout.split()


def environments_with(machine: Machine, text: str) -> list[int]:
    """Processes on the host, by number, that have `text` in their environment."""
    return json.loads(machine.run(f"sudo -n python3 -c {shlex.quote(LOOK)}", stdin=text).stdout)


def here_with(directory: Path, text: str) -> list[str]:
    """Files under a directory of this machine that hold `text`, compressed ones opened."""

    def content(path: Path) -> bytes:
        data = path.read_bytes()
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data

    return [str(path) for path in directory.rglob("*") if path.is_file() and text.encode() in content(path)]


def test_a_secret_reaches_the_service_and_nothing_else(native: Stack) -> None:
    host = native.hosts[0]
    assert evidence.greeting(host, 8080)["token"] is False
    configuration = greeter(region(native.hosts, native.edge))
    native.project.configure({**configuration, "secrets": {"GREETER_TOKEN": SECRET}})
    assert here_with(native.project.directory, SECRET) == []
    with watched(host):
        done = native.project.run("-m", "rehearsal", "up", "--stack", "local", "--debug")
    assert done.code == 0, done.text

    for each in native.hosts:
        answer = evidence.greeting(each, 8080)
        assert answer["token"] is True
        slot = evidence.status(each)["slot"]
        kept = f"/opt/greeter/conf/{slot}.secrets"
        assert files_with(each, SECRET) == [kept]
        assert each.run(f"sudo -n stat -c '%U %a' {kept}").stdout.split() == ["root", "600"]
        assert environments_with(each, SECRET) == [answer["pid"]]
        journal = each.run("sudo -n journalctl --no-pager --output=export --all")
        assert SECRET not in journal.stdout
    assert "activator" in host.run("sudo -n cat /run/watched").stdout, "the watcher saw the activator at work"

    assert SECRET not in done.text
    assert here_with(native.project.directory, SECRET) == []
    assert SECRET not in native.project.run("-m", "rehearsal", "outputs", "--stack", "local", "--json").text


def test_a_secret_is_found_where_it_was_put_on_purpose(native: Stack) -> None:
    """Else the test above could not fail."""
    host = native.hosts[0]
    host.run("cat > /home/deploy/left-behind", stdin=json.dumps({"token": SECRET}))
    try:
        assert "/home/deploy/left-behind" in files_with(host, SECRET)
    finally:
        host.run("rm /home/deploy/left-behind")
