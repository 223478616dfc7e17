"""What arrives on a host is not what was sent, or not what the host's programs accept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model import remote_script
from model.host_files import HostFile
from tests.lab.faults.fleet import SERVICE, root
from tests.lab.faults.solo import MACHINE, OWNER, Solo

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

SPOIL = "f=open('{path}','r+b'); f.seek({at}); b=f.read(1)[0]; f.seek({at}); f.write(bytes([b^1]))"
"""Flips the lowest bit of one byte."""


@pytest.mark.quick
@pytest.mark.fault("truncated", "The bundle on the host lacks its last thousand bytes.")
def test_a_truncated_bundle_is_refused(solo: Solo) -> None:
    made = solo.bundle("two")
    with solo.users():
        command = solo.upload(made)
        solo.machine.run(f"truncate -s -1000 {remote_script.upload_path(made.file_name, MACHINE)}")
        solo.fails(command, 1, "is damaged")
        solo.stays("one")
        solo.heals()


@pytest.mark.fault(
    "flipped-byte", "One bit of the bundle on the host is wrong: in the program, or in the activator."
)
@pytest.mark.parametrize("share", [0.5, 0.002], ids=["in the program", "in the activator"])
def test_one_flipped_bit_is_refused_before_anything_of_the_bundle_runs(solo: Solo, share: float) -> None:
    made = solo.bundle("two")
    with solo.users():
        command = solo.upload(made)
        path = remote_script.upload_path(made.file_name, MACHINE)
        spoil = SPOIL.format(path=path, at=int(made.path.stat().st_size * share))
        solo.machine.run(f'python3 -c "{spoil}"')
        solo.fails(command, 1, "is damaged")
        solo.stays("one")
        solo.heals()


@pytest.mark.fault("proxy-refused", "HAProxy does not accept the release's configuration.")
def test_a_proxy_file_that_haproxy_refuses_never_comes_into_place(solo: Solo) -> None:
    refused(solo, "haproxy.cfg", b"nonsense\n", f"/opt/{SERVICE}/conf/haproxy.cfg is refused by haproxy")


@pytest.mark.fault("unit-refused", "systemd does not accept the release's unit file.")
def test_a_unit_file_that_systemd_refuses_never_comes_into_place(solo: Solo) -> None:
    path = f"/etc/systemd/system/{SERVICE}@green.service"
    refused(
        solo, "@{slot}.service", b"[Service]\nExecStart=relative/program\n", "is refused by systemd-analyze"
    )
    assert "relative/program" not in root(solo.machine, f"cat {path} 2>/dev/null; true")


def refused(solo: Solo, file: str, more: bytes, evidence: str) -> None:
    def spoil(found: HostFile) -> HostFile:
        return replace(found, content=found.content + more) if found.target.endswith(file) else found

    with solo.users():
        command = solo.upload(solo.bundle("two", change=spoil))
        solo.fails(command, 1, evidence)
        solo.stays("one")
        solo.heals()


@pytest.mark.fault(
    "edited-and-applied-again", "Somebody edited files of the live release, which is then deployed again."
)
@pytest.mark.parametrize("file", ["shared", "unit", "program"])
def test_a_file_that_was_edited_is_reported_and_put_right(solo: Solo, file: str) -> None:
    made = solo.bundle("one")
    before = solo.live(made)
    paths = {
        "shared": f"/opt/{SERVICE}/conf/haproxy.cfg",
        "unit": f"/etc/systemd/system/{SERVICE}@{before['slot']}.service",
        "program": f"/opt/{SERVICE}/app/releases/{made.release.id}/bin/{SERVICE}",
    }
    path = paths[file]
    with solo.users():
        # A program that runs cannot be written to; an editor puts a new file in its place, too.
        root(
            solo.machine,
            f"cp -p {path} {path}.new && echo '# scribbled' >>{path}.new && mv {path}.new {path}",
        )
        done = solo.apply(made)
        solo.record.deployed(done.returncode, 0, done.stderr, "not as released: ")
        assert done.returncode == 0, done.stderr
        after = solo.live(made)
        if (
            file == "unit"
        ):  # it was released anew, into the other slot; the file of this one is written when it is used next
            path = f"/etc/systemd/system/{SERVICE}@{after['slot']}.service"
        assert root(solo.machine, f"grep -a scribbled {path}", check=False) == ""
        assert (after["changed"], after["pid"] == before["pid"]) == (False, file == "shared")
        solo.stays("one")
        solo.heals()
    assert OWNER in root(solo.machine, f"cat /var/lib/slipway/{SERVICE}/owner")
