"""Systems that are looked after, for real: who may read, what greets a log-in, which updates come, and reboots under load."""

from __future__ import annotations

import copy

import pytest

from lab.machine import Machine
from tests.lab import evidence
from tests.lab.evidence import root
from tests.lab.system.conftest import GROUP, READER, Kept
from tests.load import Plan, running

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


def may_read(machine: Machine, path: str) -> bool:
    return machine.run(f"sudo -n -u {READER} cat {path} >/dev/null", check=False).returncode == 0


def told(kept: Kept) -> str:
    return kept.project.run("-m", "desk", "drift", "--stack", "local").text


def test_operators_read_journal_and_configuration_and_no_secret(kept: Kept) -> None:
    for host in kept.hosts:
        slot = evidence.status(host)["slot"]
        said = host.run(f"sudo -n -u {READER} journalctl --quiet --lines=1 --unit=greeter@{slot}").stdout
        assert said.strip()
        assert may_read(host, f"/opt/greeter/conf/{slot}.env") and may_read(
            host, "/opt/greeter/conf/haproxy.cfg"
        )
        assert not may_read(host, f"/opt/greeter/conf/{slot}.secrets")
        root(host, "cd / && umask 027 && runuser -u greeter -- sh -c 'echo x >/opt/greeter/logs/own.log'")
        assert may_read(host, "/opt/greeter/logs/own.log")
        assert not may_read(host, "/etc/shadow")
    assert kept.edge.run(f"sudo -n -u {READER} journalctl --quiet --lines=1 --unit=nginx").stdout.strip()


def test_another_release_is_read_as_well_and_what_was_taken_by_hand_is_put_right(kept: Kept) -> None:
    host = kept.hosts[0]
    kept.project.edit("examples/greeter/greeter.go", "package main", "package main // another")
    try:
        kept.project.must_up()
        slot = evidence.status(host)["slot"]
        assert may_read(host, f"/opt/greeter/conf/{slot}.env")
        assert not may_read(host, f"/opt/greeter/conf/{slot}.secrets")
        root(host, "setfacl -b /opt/greeter/conf")
        assert f"/opt/greeter/conf (read by {GROUP})" in told(kept)
        mended = kept.project.run("-m", "desk", "mend", "--stack", "local")
        assert mended.code == 0, mended.text
        assert may_read(host, f"/opt/greeter/conf/{slot}.env")
    finally:
        kept.project.restore("examples/greeter/greeter.go")
        kept.project.must_up()


def test_whoever_logs_in_is_told_what_the_machine_is(kept: Kept) -> None:
    """By what pam_motd runs at a log-in."""
    for machine, name in ((kept.hosts[0], "greeter"), (kept.edge, "greeter-edge")):
        release = root(machine, f"readlink /opt/{name}/app/current").strip().removeprefix("releases/")
        said = root(machine, "run-parts --lsbsysinit /etc/update-motd.d")
        assert f"{name} of slipway/local, release {release}: " in said


def test_security_updates_and_nothing_else_come_and_no_reboot(kept: Kept) -> None:
    said = root(kept.hosts[0], "unattended-upgrade --dry-run --debug 2>&1")
    (origins,) = (line for line in said.splitlines() if line.startswith("Allowed origins are: "))
    assert "origin=Debian,codename=trixie-security,label=Debian-Security" in origins
    assert "label=Debian," not in f"{origins}," and "codename=trixie," not in origins
    told = root(
        kept.hosts[0], "apt-config dump Unattended-Upgrade::Automatic-Reboot; apt-config dump APT::Periodic"
    )
    assert 'Automatic-Reboot "false"' in told and 'Unattended-Upgrade "1"' in told


def test_an_sshd_that_lets_in_by_password_is_told(kept: Kept) -> None:
    host, path = kept.hosts[1], "/etc/ssh/sshd_config.d/00-open.conf"
    assert "sshd has" not in told(kept) and "conf" not in told(kept)
    root(host, f"echo 'PasswordAuthentication yes' >{path}")
    try:
        assert "sshd has passwordauthentication yes" in told(kept)
    finally:
        root(host, f"rm {path}")


def test_hosts_that_want_it_are_rebooted_in_turn_and_no_request_is_lost(kept: Kept) -> None:
    def boots() -> list[str]:
        return [root(each, "cat /proc/sys/kernel/random/boot_id") for each in kept.machines]

    def reboot() -> str:
        done = kept.project.run("-m", "desk", "reboot", "--stack", "local")
        assert done.code == 0, done.text
        return done.text

    assert reboot().count("does not want to be rebooted") == 2
    for host in kept.hosts:
        root(host, "touch /run/reboot-required; echo linux-image-amd64 >/run/reboot-required.pkgs")
    assert told(kept).count("it wants to be rebooted for linux-image-amd64: `make reboot`") == 2
    before = boots()
    with running(Plan(url=f"http://{kept.edge.address}/", rate=50, seconds=300, slow=0.05)) as load:
        said = reboot()
    after = boots()
    assert said.count("serves again as before") == 2
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, False]
    assert load.lost == 0, load
    assert load.answered > 500
    assert "wants to be rebooted" not in told(kept)


def test_a_host_that_waits_to_be_confirmed_is_not_rebooted(kept: Kept) -> None:
    host = kept.hosts[0]
    root(host, "touch /run/reboot-required")
    status = evidence.status(host)
    activator = "python3 /opt/greeter/app/current/activator.pyz"
    kept_releases = [
        each for each in root(host, "ls /opt/greeter/app/releases").split() if each != status["release"]
    ]
    owner = "$(cat /var/lib/slipway/greeter/owner)"
    root(
        host,
        f"{activator} apply --service greeter --release {kept_releases[0]} --owner {owner} --confirm-within 600",
    )
    try:
        done = kept.project.run("-m", "desk", "reboot", "--stack", "local", "--host", host.name)
        assert done.code == 1 and "waits to be confirmed" in done.text
    finally:
        root(
            host,
            f"rm /run/reboot-required; {activator} apply --service greeter --release {status['release']} --owner {owner}",
        )


def test_without_the_setting_all_is_as_it_was(kept: Kept) -> None:
    stack = copy.deepcopy(kept.stack)
    del stack["regions"]["lab"]["system"]
    kept.project.configure(stack)
    kept.project.must_up()
    for machine in kept.machines:
        shown = root(
            machine,
            "getfacl -R /var/log/journal; find /opt/greeter*/conf /opt/greeter*/logs -type d | xargs -r getfacl",
        )
        assert shown and "ops" not in shown
        assert not root(machine, "ls /etc/update-motd.d /etc/apt/apt.conf.d | grep slipway || true")
    host = kept.hosts[0]
    assert not may_read(host, f"/opt/greeter/conf/{evidence.status(host)['slot']}.env")
