"""The lab as a whole: made once, healed however it was left, and taken away without a trace."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.lab import Lab
from lab.machine import Machine
from lab.place import PROJECT
from lab.plan import default_hosts
from lab.progress import Progress

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


def traces(lab: Lab) -> dict[str, list[str]]:
    """What this machine has of the lab, by kind; only its own, because other labs may run at the same time."""
    place = lab.place

    def processes() -> Iterator[str]:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                # A zombie is nothing but an exit status that the machine's first process has yet to collect.
                if (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                    continue
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if place.cgroup.name in (process / "cgroup").read_text() or f"{place.directory}/" in command:
                    yield f"{process.name} {command}"
            except (FileNotFoundError, ProcessLookupError):
                continue

    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    kinds = {
        "processes": list(processes()),
        "mounts": [line for line in mounts if place.identifier in line or str(place.directory) in line],
        "interfaces": [
            path.name for path in Path("/sys/class/net").iterdir() if path.name == place.identifier
        ],
        "namespaces": [path.name for path in Path("/run/netns").glob(f"*{place.identifier}*")],
        "groups": [str(place.cgroup.path)] if place.cgroup.path.exists() else [],
        "files": [str(path) for path in (place.directory, place.run_directory) if path.exists()],
    }
    return {kind: found for kind, found in kinds.items() if found}


@pytest.fixture
def own_lab(free_subnet: Callable[[], str]) -> Iterator[Callable[..., Lab]]:
    """Call it with a name for a lab of two containers that the test may break; not yet up."""
    made: list[Lab] = []

    def make(name: str, subnet: str = "") -> Lab:
        lab = Lab(
            name, subnet or free_subnet(), default_hosts(native_only=True), progress=Progress(quiet=True)
        )
        made.append(lab)
        lab.down()
        return lab

    yield make
    for lab in made:
        lab.down()


def lab_command(*words: str) -> list[str]:
    return [sys.executable, "-m", "lab", *words]


HELD = """
import signal, sys
from lab.__main__ import main
from lab.progress import Progress

# A shell starts what it puts into the background with the interrupt ignored, and that is inherited.
signal.signal(signal.SIGINT, signal.default_int_handler)
said = Progress.say

def say(self, subject, text):
    said(self, subject, text)
    if text.startswith("ready at"):
        sys.stdin.read()

Progress.say = say
sys.exit(main(sys.argv[1:]))
"""
"""The lab's command, which does not come to its end before its standard input does: however quick a host boots, it waits."""


def maker_of(lab: Lab) -> subprocess.Popen[str]:
    """`up` of that lab in a process of its own, held before its end."""
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            HELD,
            "up",
            "--native",
            "--name",
            lab.plan.name,
            "--subnet",
            str(lab.plan.subnet),
        ],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_up_switches_a_dead_host_on_again_and_keeps_the_others(own_lab: Callable[..., Lab]) -> None:
    lab = own_lab("revive")
    lab.up()
    keys = {name: machine.host_key for name, machine in lab.machines.items()}
    boot = (
        lab.machines["edge1"]
        .run("cat /proc/sys/kernel/random/boot_id; systemctl show -P UserspaceTimestamp")
        .stdout
    )
    lab.machines["web1"].kill()
    assert not lab.is_up
    assert lab.up() is True
    assert {name: machine.host_key for name, machine in lab.machines.items()} == keys
    assert (
        lab.machines["edge1"]
        .run("cat /proc/sys/kernel/random/boot_id; systemctl show -P UserspaceTimestamp")
        .stdout
        == boot
    )


def test_up_does_not_restart_a_host_that_is_only_slow(
    own_lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = own_lab("slow")
    lab.up()
    boot = lab.machines["web1"].run("systemctl show -P UserspaceTimestamp").stdout
    really = Machine.answers
    monkeypatch.setattr(
        Machine, "answers", lambda machine, seconds=1: seconds > 1 and really(machine, seconds)
    )
    assert lab.up() is True
    assert lab.machines["web1"].run("systemctl show -P UserspaceTimestamp").stdout == boot


def test_up_heals_a_lab_whose_network_was_taken_away(own_lab: Callable[..., Lab]) -> None:
    lab = own_lab("cutoff")
    lab.up()
    lab.machines["web1"].run("echo kept > file")
    subprocess.run(["ip", "link", "delete", lab.network.interface], check=True)
    assert not lab.is_up
    assert lab.up() is True
    assert lab.machines["web1"].run("cat file").stdout == "kept\n"
    assert lab.down() is True
    assert traces(lab) == {}


def test_down_leaves_nothing_and_a_second_down_finds_nothing(own_lab: Callable[..., Lab]) -> None:
    lab = own_lab("gone")
    lab.up()
    for machine in lab.machines.values():
        machine.run("true")
    assert traces(lab).keys() == {"processes", "mounts", "interfaces", "namespaces", "groups", "files"}
    assert lab.down() is True
    assert traces(lab) == {}
    assert lab.down() is False


HALF_WAY: dict[str, Callable[[Lab], bool]] = {
    "namespace": lambda lab: lab.network.namespace_file.exists(),
    "files": lambda lab: lab.place.directory.exists(),
    "group": lambda lab: lab.place.cgroup.path.exists(),
    "host": lambda lab: any(lab.place.cgroup.child(name).populated for name in ("edge1", "web1")),
}


@pytest.mark.parametrize("moment", HALF_WAY)
@pytest.mark.parametrize("cure", ["up", "down"])
def test_a_lab_killed_half_way_is_healed(own_lab: Callable[..., Lab], moment: str, cure: str) -> None:
    lab = own_lab("half")
    with maker_of(lab) as maker:
        while not HALF_WAY[moment](lab):
            assert maker.poll() is None, maker.communicate()[1]
        maker.kill()
    assert not lab.inventory_file.exists()
    if cure == "up":
        assert lab.up() is True
        assert [machine.run("hostname").stdout.strip() for machine in lab.machines.values()] == [
            "edge1",
            "web1",
        ]
    assert lab.down() is True
    assert traces(lab) == {}


def test_a_program_whose_beginner_is_gone_does_nothing(own_lab: Callable[..., Lab], tmp_path: Path) -> None:
    lab = own_lab("orphan")
    group, file = lab.place.commands, tmp_path / "file"
    group.run("true")
    command = group.entering("touch", str(file))
    subprocess.run(["sh", "-c", '"$@"; true', "another-parent", *command], check=True)
    assert not file.exists()
    subprocess.run(command, check=True)
    assert file.exists()


def test_ctrl_c_while_booting_leaves_nothing(own_lab: Callable[..., Lab]) -> None:
    lab = own_lab("interrupted")
    maker = maker_of(lab)
    assert maker.stderr is not None
    assert any("booting" in line for line in maker.stderr)
    maker.send_signal(signal.SIGINT)
    _, said = maker.communicate()  # closes its input: it is held no longer
    assert maker.returncode == 130
    assert "interrupted" in said
    assert "Traceback" not in said
    assert traces(lab) == {}


def test_two_labs_live_side_by_side_and_the_end_of_one_leaves_the_other(
    lab: Lab, own_lab: Callable[..., Lab]
) -> None:
    second = own_lab("second")
    second.up()
    for each in (lab, second):
        assert each.machines["web1"].run("hostname -I").stdout.strip() == each.plan.address("web1")
    second.down()
    assert lab.is_up
    assert lab.machines["web1"].run("hostname").stdout == "web1\n"


def test_a_subnet_that_is_taken_is_refused_naming_who_has_it(lab: Lab, own_lab: Callable[..., Lab]) -> None:
    half = list(lab.plan.subnet.subnets())[1]
    other = own_lab("overlap", str(half))
    said = rf"{re.escape(str(half))} is already reached by lab-.*slipway lab {lab.plan.name} of"
    with pytest.raises(LabError, match=said):
        other.up()
    assert traces(other) == {}


def test_two_ups_at_once_make_one_lab(own_lab: Callable[..., Lab]) -> None:
    lab = own_lab("twice")
    words = ("--native", "--name", lab.plan.name, "--subnet", str(lab.plan.subnet))
    makers = [
        subprocess.Popen(
            lab_command("up", *words),
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(2)
    ]
    said = [maker.communicate()[0] for maker in makers]
    assert [maker.returncode for maker in makers] == [0, 0]
    assert sorted("already up" in text for text in said) == [False, True]
    assert lab.is_up


def test_exec_ends_as_the_remote_command_did(lab: Lab) -> None:
    command = lab_command("exec", "--name", lab.plan.name, "web1", "--", "echo out; exit 7")
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, env={**os.environ})
    assert (result.returncode, result.stdout) == (7, "out\n")


def test_status_says_what_each_host_is_doing(own_lab: Callable[..., Lab]) -> None:
    lab = own_lab("status")
    lab.up()
    lab.machines["web1"].kill()
    result = subprocess.run(
        lab_command("status", "--name", "status"), cwd=PROJECT, capture_output=True, text=True
    )
    assert result.returncode == 3
    states = {line.split()[0]: line.split()[-1] for line in result.stdout.splitlines()}
    assert (states["edge1"], states["web1"]) == ("up", "off")
