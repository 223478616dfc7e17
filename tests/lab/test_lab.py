"""The lab itself, on real hosts: what they are, how they are switched, and that nothing is left of them."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.identity import new_key
from lab.lab import Lab
from lab.machine import Machine
from lab.place import PROJECT
from lab.plan import default_hosts
from lab.progress import Progress

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

HOSTS = ["edge1", "web1", "web2"]


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


@pytest.mark.parametrize("name", HOSTS)
def test_a_host_is_what_the_inventory_says(lab: Lab, name: str) -> None:
    machine = lab.machines[name]
    assert machine.run("uname -m").stdout.strip() == machine.architecture.traits.machine
    assert machine.run("dpkg --print-architecture").stdout.strip() == machine.architecture.value
    packages = machine.run("dpkg-query --show --showformat '${Architecture} ${db:Status-Status}\\n' haproxy")
    assert packages.stdout.split() == [machine.architecture.value, "installed"]
    assert machine.run("hostname").stdout.strip() == name
    assert machine.address in machine.run("ip -4 -brief address").stdout


@pytest.mark.parametrize("name", HOSTS)
def test_a_host_runs_its_units_without_a_failure_and_has_cgroup_v2(lab: Lab, name: str) -> None:
    machine = lab.machines[name]
    assert machine.run("systemctl --failed --plain --no-legend").stdout == ""
    assert machine.run("systemctl is-system-running").stdout.strip() == "running"
    assert machine.run("stat -f -c %T /sys/fs/cgroup").stdout.strip() == "cgroup2fs"
    assert machine.run("systemctl is-active ssh nginx").stdout.split() == ["active", "active"]
    assert machine.run("systemctl is-enabled haproxy", check=False).stdout.strip() == "disabled"


@pytest.mark.parametrize("name", HOSTS)
def test_a_host_has_what_a_release_needs_and_its_programs_run(lab: Lab, name: str) -> None:
    programs = "sudo haproxy -v; python3 -c 'import json, ssl'; sudo nft --version; sudo nginx -t; sudo logrotate --version"
    assert (
        lab.machines[name]
        .run(f"set -e; {programs}; curl --version; sudo -n id -u")
        .stdout.strip()
        .endswith("\n0")
    )


def test_a_virtual_machine_has_memory_and_processor_controls(lab: Lab) -> None:
    foreign = next(machine for machine in lab.machines.values() if not machine.is_container)
    assert {"memory", "cpu", "pids"} <= set(
        foreign.run("cat /sys/fs/cgroup/cgroup.controllers").stdout.split()
    )


@pytest.mark.parametrize("name", HOSTS)
def test_nobody_logs_in_as_root_or_with_a_password(lab: Lab, name: str) -> None:
    machine = lab.machines[name]
    settings = machine.run("sudo sshd -T").stdout
    assert "permitrootlogin no\n" in settings
    assert "passwordauthentication no\n" in settings
    as_root = subprocess.run(
        ["ssh", "-F", lab.place.ssh_config, "-o", "BatchMode=yes", "-l", "root", name, "true"],
        capture_output=True,
        text=True,
    )
    assert as_root.returncode == 255
    assert "Permission denied" in as_root.stderr


@pytest.mark.parametrize("name", ["web1", "web2"])
def test_a_host_with_another_key_than_the_pinned_one_is_not_talked_to(
    lab: Lab, name: str, tmp_path: Path
) -> None:
    machine = lab.machines[name]
    wrong = tmp_path / "known_hosts"
    wrong.write_text(f"{machine.address} {new_key().public}\n")
    command = ["ssh", "-F", str(lab.place.ssh_config), "-o", f"UserKnownHostsFile={wrong}", name, "true"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 255
    assert "Host key verification failed" in result.stderr


def test_the_inventory_is_private_and_names_every_host(lab: Lab) -> None:
    assert lab.inventory_file.stat().st_mode & 0o777 == 0o600
    inventory = json.loads(lab.inventory_file.read_text())
    assert [host["name"] for host in inventory["hosts"]] == ["web1", "web2"]
    assert inventory["edge"]["hostKey"] == lab.machines["edge1"].host_key
    assert (PROJECT / inventory["login"]["privateKeyFile"]).stat().st_mode & 0o777 == 0o600


def test_a_second_up_changes_nothing_and_starts_no_process(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    before = lab.inventory_file.stat().st_mtime_ns

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert lab.up() is False
    assert lab.inventory_file.stat().st_mtime_ns == before


def test_a_host_can_be_rebooted_and_keeps_its_files(fresh_host: Callable[[str], Machine]) -> None:
    machine = fresh_host("reboots")
    machine.run("echo kept > file && sync")
    boot = machine.run("systemctl show --property=UserspaceTimestamp --value").stdout
    machine.reboot()
    assert machine.run("cat file").stdout == "kept\n"
    assert machine.run("systemctl show --property=UserspaceTimestamp --value").stdout != boot


def test_a_host_whose_plug_was_pulled_is_off_and_starts_again_with_its_files(
    fresh_host: Callable[[str], Machine],
) -> None:
    machine = fresh_host("unplugged")
    machine.run("echo kept > file")
    machine.kill()
    assert not machine.running
    machine.start()
    assert machine.wait_ready() == []
    assert machine.run("cat file").stdout == "kept\n"


def test_a_paused_host_accepts_connections_but_says_nothing_until_it_is_resumed(
    fresh_host: Callable[[str], Machine],
) -> None:
    machine = fresh_host("paused")
    machine.pause()
    assert machine.paused
    assert not machine.answers()
    with pytest.raises(LabError, match="did not finish `true`"):
        machine.run("true", timeout=2)
    machine.resume()
    machine.run("true")


def test_a_host_whose_cable_was_pulled_is_reached_again_after_it_is_back(
    fresh_host: Callable[[str], Machine],
) -> None:
    machine = fresh_host("cut")
    machine.cut()
    assert not machine.answers(0.5)
    machine.mend()
    assert machine.wait_ready() == []


def test_hosts_of_both_architectures_reach_each_other_by_name(lab: Lab) -> None:
    for name in ("web1", "web2"):
        greeting = lab.machines["edge1"].run(f"timeout 20 bash -c 'head -c 4 < /dev/tcp/{name}/22'").stdout
        assert greeting == "SSH-"


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


# Asked without looking through all processes of the machine, which can take longer than the rest of the start.
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
    words = ("--native", "--name", lab.plan.name, "--subnet", str(lab.plan.subnet))
    with subprocess.Popen(
        lab_command("up", *words), cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as maker:
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
    words = ("--native", "--name", lab.plan.name, "--subnet", str(lab.plan.subnet))
    maker = subprocess.Popen(
        lab_command("up", *words), cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert maker.stderr is not None
    # Its own word that a boot begins comes a second before the end of it; looking at the machine takes longer than that.
    assert any("booting" in line for line in maker.stderr)
    maker.send_signal(signal.SIGINT)
    _, said = maker.communicate()
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
