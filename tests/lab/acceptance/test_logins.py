"""Ways in as people have them: each works, or the run says in one sentence what is wrong with it and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.identity import new_key
from lab.machine import Machine
from tests.lab.acceptance.conftest import Stack
from tests.lab.project import Project, greeter, region

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
USER = "other"
"""Who logs in, so that the lab's own user still can."""


@pytest.fixture
def host(fresh_host: Callable[[str], Machine]) -> Iterator[Machine]:
    made = fresh_host("gate")
    made.run(
        f"sudo useradd --create-home --shell /bin/bash {USER} && sudo cp -r ~/.ssh /home/{USER}/ && "
        f"sudo chown -R {USER}: /home/{USER}/.ssh && echo '{USER} ALL=(ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/{USER}"
    )
    yield made


def project_of(folder: Path, configuration: dict[str, Any]) -> Project:
    (folder / "project").mkdir()
    return Project(folder / "project", configuration)


def configuration(host: Machine, **login: object) -> dict[str, Any]:
    made = greeter(region([host]))
    made["regions"]["lab"]["login"] |= {"user": USER, **login}
    return made


def test_what_is_wrong_with_a_login_is_told_and_once_it_is_mended_the_same_up_works(
    host: Machine, tmp_path: Path
) -> None:
    project = project_of(tmp_path, configuration(host))

    def refused(words: str, spoil: str, mend: str) -> None:
        host.run(f"sudo sh -c '{spoil}'")
        done = project.up()
        host.run(f"sudo sh -c '{mend}'")
        assert done.code != 0 and words in done.text, done.text

    config, sftp = "/etc/ssh/sshd_config.d/lab.conf", "/etc/ssh/sshd_config"
    rc = f"/home/{USER}/.bashrc"
    # Debian's own penalties, from which the lab's addresses are exempt.
    host.run(f"sudo sed -i /PerSourcePenalty/d {config} && sudo systemctl reload ssh")
    stranger = tmp_path / "stranger"
    stranger.write_text(new_key().private)
    project.configure(configuration(host, privateKeyFile=str(stranger)))
    done = project.up()
    assert done.code != 0 and "login refused" in done.text and "authorized_keys" in done.text, done.text
    project.configure(configuration(host))  # and nobody is locked out:
    host.run(
        "printf '#!/bin/sh\\necho This account is currently not available.; exit 1' | sudo tee /usr/local/bin/nologin"
    )
    host.run("sudo chmod 755 /usr/local/bin/nologin")
    refused("nologin is no shell", f"chsh -s /usr/local/bin/nologin {USER}", f"chsh -s /bin/bash {USER}")
    refused(
        "let its start-up file end at once",
        f'sed -i "1i echo welcome" {rc}',
        f"sed -i 1d {rc}",
    )
    refused(
        "Subsystem sftp internal-sftp",
        f"sed -i s/^Subsystem/#Subsystem/ {sftp}; systemctl reload ssh",
        f"sed -i s/^#Subsystem/Subsystem/ {sftp}; systemctl reload ssh",
    )
    refused(
        "NOPASSWD: ALL",
        f"sed -i s/NOPASSWD:// /etc/sudoers.d/{USER}",
        f"sed -i s/ALL$/NOPASSWD:ALL/ /etc/sudoers.d/{USER}",
    )
    project.must_up()


def test_another_port_and_a_shell_that_talks_to_commands(host: Machine, tmp_path: Path) -> None:
    host.run(
        "printf 'Port 22\\nPort 2222\\n' | sudo tee -a /etc/ssh/sshd_config.d/lab.conf; sudo systemctl restart ssh"
    )
    # Talks whenever a command is run, but not to SFTP.
    host.run(
        f"""sudo sed -i '1i case "$BASH_EXECUTION_STRING" in *sftp*) ;; *) printf "welcome "; esac' /home/{USER}/.bashrc"""
    )
    wanted = configuration(host)
    wanted["regions"]["lab"]["hosts"][0]["port"] = 2222
    project = project_of(tmp_path, wanted)
    project.must_up()
    listed = project.run("-m", "releases", "list", "--stack", "local")
    assert listed.code == 0 and "lab/gate" in listed.text and "(" not in listed.text.split("BECAUSE")[1], (
        listed.text
    )


def test_hosts_behind_another_machine(native: Stack) -> None:
    wanted = greeter(region(native.hosts, native.edge))
    jump = {"address": native.edge.address, "hostKey": native.edge.host_key}
    wanted["regions"]["lab"]["login"]["jump"] = jump
    native.project.configure(wanted)
    native.project.must_up()
    shown = native.project.run("-m", "desk", "status", "--stack", "local")
    assert shown.code == 0, shown.text
    inside = native.project.run(
        "-m", "desk", "shell", "--stack", "local", "--host", "app1", "--", "echo $SSH_CLIENT"
    )
    assert inside.text.split()[0] == native.edge.address


def test_a_targeted_host_stays_unconfirmed(native: Stack) -> None:
    native.project.edit("examples/greeter/greeter.go", 'message = "Hello"', 'message = "Aimed"')
    done = native.project.run("-m", "engine", "up", "--stack", "local", "--", "--target", "**lab-app1*")
    assert done.code != 0 and "app2 did not get this release, so app1 stays unconfirmed" in done.text, (
        done.text
    )
    shown = native.project.run("-m", "desk", "status", "--stack", "local")
    assert "waits to be confirmed" in shown.text, shown.text
