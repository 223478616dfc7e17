"""What a new machine is told. That cloud-init obeys is tested on real hosts."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from model.aws.user_data import OWN_KEY, cloud_config, finished

PRIVATE = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"

KEYS = (PUBLIC, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHB1dC15b3VyLW93bi1wdWJsaWMta2V5LWluLWhlcmUh")


def written(**changes: Any) -> str:
    told = {
        "user": "deploy",
        "public_keys": (f"{PUBLIC} me@here\n",), "host_key": (PRIVATE, f"{PUBLIC}\n"), "packages": ("haproxy", "python3"),
    }  # fmt: skip
    return cloud_config(**(told | changes))


def test_a_machine_gets_one_user_one_host_key_the_packages_and_nothing_else() -> None:
    assert yaml.safe_load(written()) == {
        "users": [
            {
                "name": "deploy",
                "shell": "/bin/bash",
                "lock_passwd": True,
                "ssh_authorized_keys": [f"{PUBLIC} me@here"],
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
            }
        ],
        "disable_root": True,
        "ssh_pwauth": False,
        "ssh_keys": {"ed25519_private": PRIVATE, "ed25519_public": PUBLIC},
        "package_update": True,
        "packages": ["haproxy", "python3"],
    }


def test_cloud_init_recognises_it_by_its_first_line() -> None:
    assert written().splitlines()[0] == "#cloud-config"


def test_who_only_passes_through_may_not_become_root() -> None:
    told = yaml.safe_load(written(administrator=False, packages=()))
    assert "sudo" not in told["users"][0] and not {"packages", "package_update"} & set(told)


@given(st.text(min_size=1))
def test_no_text_can_break_out_of_its_place(text: str) -> None:
    body = written(host_key=(text, PUBLIC)).removeprefix("#cloud-config\n")
    assert json.loads(body)["ssh_keys"]["ed25519_private"] == text


def test_a_program_is_written_for_root_alone_where_each_boot_ends_with_it() -> None:
    told = yaml.safe_load(written(host_key=None, program="#!/bin/sh\necho hello\n"))
    assert "ssh_keys" not in told
    (file,) = told["write_files"]
    assert (file["permissions"], file["content"]) == ("0700", "#!/bin/sh\necho hello\n")
    assert file["path"].startswith("/var/lib/cloud/scripts/per-boot/")


def test_the_same_machine_is_told_the_same() -> None:
    assert written() == written()


def test_it_is_far_below_what_ec2_takes() -> None:
    assert len(written().encode()) < 16 * 1024 / 4


@pytest.mark.parametrize("change", [{"user": "ops"}, {"packages": ("haproxy",)}, {"public_keys": (PUBLIC,)}])
def test_every_change_shows_in_the_text(change: dict[str, Any]) -> None:
    assert written(**change) != written()


@dataclass
class Machine:
    """A folder with programs that answer as a machine would at the end of its first start. No real cloud-init."""

    path: Path

    def has(self, name: str, script: str = "") -> None:
        program = self.path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def wait(self) -> subprocess.CompletedProcess[str]:
        script = (
            finished(("haproxy", "python3"), "i-1", 20, KEYS)
            .replace("PATH=$PATH:/usr/sbin:/sbin", f"PATH={self.path}")
            .replace(OWN_KEY, f"{self.path}/own_key")
        )
        return subprocess.run(
            ["/bin/sh", "-c", script],
            capture_output=True,
            text=True,
            env={"HOME": str(self.path), "PATH": str(self.path)},
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    found = Machine(tmp_path)
    found.has("hostname", "echo web1")
    found.has("sudo", 'shift; exec "$@"')
    found.has("timeout", 'shift; exec "$@"')
    found.has("tail", "echo E: Unable to locate package haproxy")
    found.has("cloud-init", f'echo "$1" >>{tmp_path}/asked')
    found.has("python3")
    found.has("ssh-keygen", f'echo "ecdsa-sha2-nistp256 AAAA $*" >{tmp_path}/own_key.pub')
    found.has("systemctl", f'echo "$@" >>{tmp_path}/reloaded')
    found.has("sleep")
    for tool in ("mkdir", "mv", "rm"):
        found.has(tool, f'exec /bin/{tool} "$@"')
    return found


def test_a_first_start_that_installed_everything_is_over(machine: Machine) -> None:
    machine.has("haproxy")
    assert machine.wait().returncode == 0
    assert (machine.path / "asked").read_text() == "status\nsingle\nsingle\n"


def test_the_verdict_of_cloud_init_does_not_count(machine: Machine) -> None:
    machine.has("haproxy")
    machine.has("cloud-init", "exit 2")
    assert machine.wait().returncode == 0


def test_what_was_not_installed_is_tried_once_more(machine: Machine) -> None:
    asked = machine.path / "asked"
    machine.has(
        "cloud-init",
        f'echo "$1" >>{asked}; [ "$1" != single ] || {{ echo >{machine.path}/haproxy; chmod +x {machine.path}/haproxy; }}',
    )
    machine.has("chmod", 'exec /bin/chmod "$@"')
    assert machine.wait().returncode == 0
    assert asked.read_text() == "status\nsingle\nsingle\nsingle\n"


def test_what_cannot_be_installed_is_named_with_the_end_of_the_log(machine: Machine) -> None:
    done = machine.wait()
    assert done.returncode == 1
    assert "web1: the first start did not install haproxy" in done.stderr
    assert "E: Unable to locate package haproxy" in done.stderr


def test_a_first_start_that_does_not_end_is_given_up(machine: Machine) -> None:
    machine.has("timeout", "exit 124")
    done = machine.wait()
    assert done.returncode == 1 and "web1: cloud-init is not done after 600 s" in done.stderr


def test_meanwhile_it_gives_signs_of_life_so_that_no_firewall_forgets_it(machine: Machine) -> None:
    machine.has("haproxy")
    count = machine.path / "count"
    machine.has("timeout", f'shift; echo >>{count}; [ "$(grep -c "" {count})" -gt 3 ] || exit 124; exec "$@"')
    machine.has("grep", 'exec /bin/grep "$@"')
    done = machine.wait()
    assert done.returncode == 0
    assert done.stderr.count("web1: its first start goes on") == 3


def test_a_disk_that_grew_is_used_at_once(machine: Machine) -> None:
    machine.has("haproxy")
    machine.has("cloud-init", f'echo "$@" >>{machine.path}/asked')
    assert machine.wait().returncode == 0
    grown = [line for line in (machine.path / "asked").read_text().splitlines() if "single" in line]
    assert grown == [f"single --name {each} --frequency always" for each in ("growpart", "resizefs")]
    assert finished(("haproxy",), "i-1", 20, KEYS) != finished(("haproxy",), "i-1", 30, KEYS)


def test_the_keys_of_today_are_let_in_and_no_others(machine: Machine) -> None:
    machine.has("haproxy")
    (machine.path / ".ssh").mkdir()
    (machine.path / ".ssh" / "authorized_keys").write_text("ssh-ed25519 of somebody who left\n")
    assert machine.wait().returncode == 0
    found = machine.path / ".ssh" / "authorized_keys"
    assert found.read_text().splitlines() == [*KEYS]
    assert found.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in found.parent.iterdir()] == ["authorized_keys"]


def test_keys_that_cannot_be_written_leave_those_that_are_there(machine: Machine) -> None:
    machine.has("haproxy")
    machine.has("mv", "exit 1")
    (machine.path / ".ssh").mkdir()
    (machine.path / ".ssh" / "authorized_keys").write_text("before\n")
    done = machine.wait()
    assert done.returncode == 1 and "authorized_keys was not written" in done.stderr
    assert (machine.path / ".ssh" / "authorized_keys").read_text() == "before\n"


def test_a_machine_makes_a_host_key_of_its_own_once_and_shows_it_at_the_end(machine: Machine) -> None:
    machine.has("haproxy")
    for _ in range(2):
        done = machine.wait()
        assert done.stdout == "ecdsa-sha2-nistp256 AAAA\n"
    assert (machine.path / "reloaded").read_text() == "reload ssh\n"


def test_a_machine_without_a_key_of_its_own_is_not_ready(machine: Machine) -> None:
    machine.has("haproxy")
    machine.has("ssh-keygen", "exit 1")
    done = machine.wait()
    assert done.returncode == 1 and "no host key of its own was made" in done.stderr


def test_another_machine_is_waited_for_anew() -> None:
    assert finished(("haproxy",), "i-1", 20, KEYS) != finished(("haproxy",), "i-2", 20, KEYS)
