"""The page about a stack that serves: what its machines are, and what somebody did to them."""

from __future__ import annotations

import pytest

from tests.lab import evidence
from tests.lab.acceptance.conftest import Stack
from tests.lab.project import Run

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


def report(stack: Stack) -> tuple[Run, str]:
    done = stack.project.run("-m", "report", "--stack", "local")
    return done, (stack.project.kept / "reports" / "local.html").read_text()


def test_it_shows_each_machine_the_change_of_its_release_and_leaves_everything_as_it_was(
    native: Stack,
) -> None:
    native.project.edit("examples/greeter/greeter.go", "package main", "package main // for the report")
    native.project.must_up()
    before = evidence.snapshots(*native.machines)
    done, page = report(native)
    assert done.code == 0, done.text
    assert "All machines are as released." in page
    for host in native.hosts:
        assert evidence.status(host)["release"] in page
        assert host.address in page
    assert "the binary" in page and ">changed<" in page
    assert "8080/tcp" in page and "80/tcp" in page and "haproxy" in page and "nginx" in page
    assert "Debian GNU/Linux 13" in page
    assert evidence.snapshots(*native.machines) == before


def test_what_was_done_by_hand_and_who_does_not_answer_is_on_it(native: Stack) -> None:
    one, two = native.hosts
    unit = f"/etc/systemd/system/greeter@{evidence.status(one)['slot']}.service"
    one.run(f"sudo -n sh -c 'cp {unit} /root/kept && echo \"# scribbled\" >>{unit}'")
    two.pause()
    try:
        done, page = report(native)
    finally:
        two.resume()
        one.run(f"sudo -n sh -c 'mv /root/kept {unit} && systemctl daemon-reload'")
    assert done.code == 1
    assert unit in page and unit in done.text
    assert "gave no answer within" in page
    assert "Not as released, or without an answer: 2 of 3 machines." in page
