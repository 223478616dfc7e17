"""The hosts of a lab: what they are, and how each is switched, paused, unplugged and rebooted."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.identity import new_key
from lab.lab import Lab
from lab.machine import Machine
from lab.place import PROJECT

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

HOSTS = ["edge1", "web1", "web2"]


def test_the_inventory_is_private_and_names_every_host(lab: Lab) -> None:
    assert lab.inventory_file.stat().st_mode & 0o777 == 0o600
    inventory = json.loads(lab.inventory_file.read_text())
    assert [host["name"] for host in inventory["hosts"]] == HOSTS[1:]
    assert inventory["edge"]["hostKey"] == lab.machines["edge1"].host_key
    assert (PROJECT / inventory["login"]["privateKeyFile"]).stat().st_mode & 0o777 == 0o600


def test_a_second_up_changes_nothing_and_starts_no_process(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    before = lab.inventory_file.stat().st_mtime_ns

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert lab.up() is False
    assert lab.inventory_file.stat().st_mtime_ns == before


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


def test_a_host_has_what_debians_packages_leave(fresh_host: Callable[[str], Machine]) -> None:
    machine = fresh_host("stock")
    assert machine.run("systemctl is-active nginx haproxy").stdout.split() == ["active", "active"]
    site = machine.run("readlink /etc/nginx/sites-enabled/default").stdout.strip()
    assert site == "/etc/nginx/sites-available/default"
    changed = machine.run("sudo dpkg --verify nginx-common haproxy openssh-server sudo", check=False).stdout
    assert [line for line in changed.splitlines() if " /etc/" in line] == []


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
