"""The commands on a host, run by a real shell; `sudo` and `timeout` are stand-ins that note how they were called."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from activator.cli import PATIENCE
from model import remote_script
from model.release import Release, edge_release
from model.release_policy import ReleasePolicy
from model.service import Health, Service

ECHO = b"import json, sys; print(json.dumps(sys.argv[1:]))"


@pytest.fixture
def release() -> Release:
    service = Service(
        name="greeter", source="examples/greeter", health=Health(), environment={"PORT": "{port}"}
    )
    return edge_release(service, ReleasePolicy(), 80, ("10.0.0.1:8080",))


class Shell:
    """A home with an upload, and a PATH whose sudo runs what it is given, unless told to refuse."""

    def __init__(self, folder: Path) -> None:
        self.home, self.bin = folder / "home", folder / "bin"
        (self.home / ".slipway").mkdir(parents=True)
        self.bin.mkdir()
        self.command("sudo", 'shift; exec "$@"')

    def command(self, name: str, text: str) -> None:
        (self.bin / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.bin / name).chmod(0o755)

    def upload(self, name: str, program: bytes) -> str:
        """Returns its sha256."""
        path = self.home / ".slipway" / name
        with tarfile.open(path, "w:gz") as archive:
            member = tarfile.TarInfo("activator.pyz")
            member.size = len(program)
            archive.addfile(member, io.BytesIO(program))
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def run(self, script: str, login_shell: str = "sh") -> subprocess.CompletedProcess[str]:
        environment = {
            "HOME": str(self.home),
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "TMPDIR": str(self.home.parent),
            "SSH_CLIENT": "192.0.2.7 51515 22",
        }
        return subprocess.run([login_shell, "-c", script], env=environment, capture_output=True, text=True)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_apply_runs_the_activator_of_the_bundle_and_leaves_no_copy_of_it(shell: Shell, release: Release):
    sha256 = shell.upload("x.tar.gz", ECHO)
    done = shell.run(remote_script.apply(release, ".slipway/x.tar.gz", sha256, "dev/a b", True))
    assert done.returncode == 0, done.stderr
    bundle = str(shell.home / ".slipway/x.tar.gz")
    assert json.loads(done.stdout) == [
        *("apply", "--bundle", bundle, "--sha256", sha256, "--owner", "dev/a b"),
        *("--deployer", "192.0.2.7", "--install-packages"),
    ]
    assert {path.name for path in shell.home.parent.iterdir()} == {"home", "bin"}


def test_who_must_have_signed_is_handed_on_as_one_word(shell: Shell, release: Release):
    sha256 = shell.upload("x.tar.gz", ECHO)
    signed = dataclasses.replace(release, signer="ssh-ed25519 AAAA+/==")
    for made in (
        remote_script.apply(signed, ".slipway/x.tar.gz", sha256, "me", False),
        remote_script.check(signed, ".slipway/x.tar.gz", sha256, "me", False),
    ):
        words = json.loads(shell.run(made).stdout)
        assert words[words.index("--signed-by") + 1] == "ssh-ed25519:AAAA+/=="


def test_the_activators_exit_code_is_the_commands(shell: Shell, release: Release):
    sha256 = shell.upload("x.tar.gz", b"import sys; sys.exit(3)")
    assert shell.run(remote_script.apply(release, ".slipway/x.tar.gz", sha256, "me", False)).returncode == 3


def test_nothing_of_an_upload_that_is_damaged_is_run(shell: Shell, release: Release):
    sha256 = shell.upload("x.tar.gz", ECHO)
    shell.upload("x.tar.gz", ECHO + b" ")
    done = shell.run(remote_script.apply(release, ".slipway/x.tar.gz", sha256, "me", False))
    assert (done.returncode, done.stdout) == (1, "")
    upload = f"{shell.home}/.slipway/x.tar.gz"
    assert done.stderr == f"{upload} {remote_script.GONE}\n"


def test_a_time_to_confirm_is_handed_on(shell: Shell, release: Release):
    sha256 = shell.upload("x.tar.gz", ECHO)
    done = shell.run(
        remote_script.apply(release, ".slipway/x.tar.gz", sha256, "me", False, confirm_within=90)
    )
    assert json.loads(done.stdout)[-2:] == ["--confirm-within", "90"]


def test_a_confirmation_names_the_release_and_the_owner(shell: Shell, release: Release):
    shell.command("timeout", 'shift 3; echo "$@"')
    done = shell.run(remote_script.confirm("greeter", release.id, 30, "dev/a b", "mark"))
    program = f"/opt/greeter/app/releases/{release.id}/activator.pyz"
    options = f"--service greeter --release {release.id} --owner dev/a b"
    assert done.stdout.strip() == f"python3 {program} confirm {options}"


def test_what_the_host_keeps_is_turned_on_and_confirmed_by_the_activator_that_is_live(shell: Shell):
    shell.command("timeout", 'shift 3; echo "$@"')
    program = "/opt/greeter/app/current/activator.pyz"
    done = shell.run(remote_script.apply_kept("greeter", "aaaa,bbbb", 30, "dev/a b", 90))
    who = "--owner dev/a b --deployer 192.0.2.7 --confirm-within 90"
    assert done.stdout.strip() == f"python3 {program} apply --service greeter --release aaaa,bbbb {who}"
    done = shell.run(remote_script.confirm("greeter", "aaaa,bbbb", 30, "dev/a b", "mark"))
    assert done.stdout.startswith(f"python3 {program} confirm ")
    shell.command("timeout", 'shift; echo "$@"')
    done = shell.run(remote_script.previous("greeter", "mark"))
    assert done.stdout.strip() == f"python3 {program} previous --service greeter"


def test_a_refusal_of_sudo_is_shown_as_it_is(shell: Shell, release: Release):
    sha256 = shell.upload("x.tar.gz", ECHO)
    shell.command("sudo", "echo 'sudo: a password is required' >&2; exit 1")
    done = shell.run(remote_script.apply(release, ".slipway/x.tar.gz", sha256, "me", False))
    assert (done.returncode, done.stderr) == (1, "sudo: a password is required\n")


def test_with_neither_the_upload_nor_the_release_it_fails_and_says_what_to_do(shell: Shell, release: Release):
    done = shell.run(remote_script.apply(release, ".slipway/x.tar.gz", "ab", "me", False))
    assert done.returncode == 1
    assert ".slipway/x.tar.gz is damaged or gone: with --target name its copy" in done.stderr
    assert "make forget HOST=NAME" in done.stderr


@pytest.mark.parametrize("login_shell", ["bash", "dash", "fish", "tcsh", "zsh"])
def test_any_login_shell_runs_the_same(shell: Shell, release: Release, login_shell: str):
    if not shutil.which(login_shell):
        pytest.skip(f"{login_shell} is not installed here")
    sha256 = shell.upload("x.tar.gz", ECHO)
    done = shell.run(
        remote_script.apply(release, ".slipway/x.tar.gz", sha256, "p/s/eu-web1/0a", True), login_shell
    )
    assert json.loads(done.stdout)[-5:] == [
        "--owner",
        "p/s/eu-web1/0a",
        "--deployer",
        "192.0.2.7",
        "--install-packages",
    ]
    assert shell.run(remote_script.remove("nothing-like-this", "me"), login_shell).returncode == 0
    shell.command("timeout", "shift 3; echo $*")
    assert (
        "confirm" in shell.run(remote_script.confirm("greeter", "aa,bb", 3, "me", "mark"), login_shell).stdout
    )
    left = shell.run(remote_script.unconfirmed("web1", ["web2"]), login_shell)
    assert (left.returncode, left.stderr.count("web2 did not get this release")) == (1, 1)


def test_no_command_holds_what_some_login_shell_makes_something_of(release: Release):
    owner = "slipway/prod/eu-web1/0123456789ab"
    for text in (
        remote_script.apply(release, ".slipway/x.tar.gz", "ab", owner, True, 600),
        remote_script.apply_kept("greeter", "aa", 30, owner, 600),
        remote_script.confirm("greeter", "aa", 30, owner, "mark"),
        remote_script.previous("greeter", "mark"),
        remote_script.asked("greeter", "status"),
        remote_script.remove("greeter", owner),
        remote_script.unconfirmed("web1", ["web2", "web3"]),
    ):
        assert re.fullmatch(r"sh -c '[^'\\\\\n]*'( mark)?", text), text
        assert not re.search(r"![^ ]", text), "csh takes it for its history"


def test_remove_is_content_where_nothing_was_installed(shell: Shell):
    assert shell.run(remote_script.remove("nothing-like-this", "me")).returncode == 0


def test_the_time_limit_covers_the_wait_for_an_earlier_run_and_all_that_the_release_may_take(
    release: Release,
):
    manifest = {**release.manifest, "health": {"deadline": 60.5}, "watch": 1, "drain": 30}
    slow = Release(manifest=manifest, files=())
    assert PATIENCE[0] == remote_script.SAME_OWNER_WAIT
    assert remote_script.time_limit(remote_script.own_waits(slow)) == 600 + 92 + 120
    assert remote_script.time_limit(remote_script.own_waits(release)) == 600 + 120


def test_the_scripts_are_short_enough_to_be_read_in_an_error(release: Release):
    upload = remote_script.upload_path("greeter-0123456789ab-01234567.tar.gz", "0123456789ab")
    assert len(remote_script.apply(release, upload, "ab" * 32, "slipway/prod/eu-web1", True, 600)) <= 700
    for text in (
        remote_script.apply_kept("greeter", "a" * 12, 30, "slipway/prod/eu-web1", 600),
        remote_script.confirm("greeter", "a" * 12, 30, "slipway/prod/eu-web1", "a" * 12),
        remote_script.remove("greeter", "slipway/prod/eu-web1"),
    ):
        assert len(text) <= 250
        assert len(text.splitlines()) == 1
