"""A host key that ssh-keygen really makes, and what is kept of it."""

import subprocess
from pathlib import Path

import pulumi
import pulumi_command as command
import pytest

from components.aws.host_key import MAKE, PIN, host_key
from tests.components.recording import record


def make(folder: Path) -> str:
    done = subprocess.run(
        ["/bin/sh", "-c", MAKE], capture_output=True, text=True, check=True,
        env={"PATH": "/usr/bin:/bin", "TMPDIR": str(folder)},
    )  # fmt: skip
    return done.stdout.rstrip("\n")  # as pulumi-command keeps it


def test_both_halves_are_of_one_key_and_in_the_form_that_sshd_reads(tmp_path: Path) -> None:
    printed, halves = make(tmp_path), list[str]()

    def program() -> None:
        parent = command.local.Command("parent", create="true")
        key = host_key("parent-host-key", parent)
        pulumi.Output.all(key.private, key.public).apply(halves.extend)

    record(program, made={"command:local:Command": lambda _: {"stdout": printed}})
    private, public = halves
    (tmp_path / "key").write_text(private)
    (tmp_path / "key").chmod(0o600)
    derived = subprocess.run(
        ["ssh-keygen", "-y", "-f", tmp_path / "key"], capture_output=True, text=True, check=True
    ).stdout
    assert derived.split()[:2] == public.split() and public.startswith("ssh-ed25519 ")
    assert private.endswith("-----END OPENSSH PRIVATE KEY-----\n")


def test_nothing_is_left_on_this_machine(tmp_path: Path) -> None:
    make(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_two_keys_differ(tmp_path: Path) -> None:
    assert make(tmp_path) != make(tmp_path)


def test_the_private_half_stays_a_secret_and_the_public_one_is_none() -> None:
    secrets: list[bool] = []

    def program() -> None:
        key = host_key("a-host-key", command.local.Command("a", create="true"))

        async def look() -> None:
            secrets.extend([await key.private.is_secret(), await key.public.is_secret()])

        pulumi.Output.from_input(look())

    record(program, made={"command:local:Command": lambda _: {"stdout": "PRIVATE\nssh-ed25519 AAAA"}})
    assert secrets == [True, False]


FIRST, OTHER = "ecdsa-sha2-nistp256 AAAA", "ecdsa-sha2-nistp256 BBBB"


def pinned(shown: str, before: str | None = None, machine: str = "i-1") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin"} | ({"PULUMI_COMMAND_STDOUT": before} if before else {})
    return subprocess.run(
        ["/bin/sh", "-c", PIN.format(machine=machine)],
        input=shown, capture_output=True, text=True, env=environment,
    )  # fmt: skip


def test_what_a_machine_shows_first_is_kept_and_nothing_else_is_taken_from_it_later() -> None:
    kept = pinned(FIRST).stdout.strip()
    assert kept == f"i-1 {FIRST}"
    assert pinned(FIRST, kept).stdout.strip() == kept
    refused = pinned(OTHER, kept)
    assert refused.returncode == 1 and "i-1 shows another host key than it did at first" in refused.stderr


def test_another_machine_shows_a_key_of_its_own() -> None:
    assert pinned(OTHER, f"i-1 {FIRST}", "i-2").stdout.strip() == f"i-2 {OTHER}"


@pytest.mark.parametrize("shown", ["", "cloud-init is done", "ssh-ed25519 AAAA", "ecdsa-sha2-nistp256 "])
def test_a_machine_that_shows_none_of_its_own_is_refused(shown: str) -> None:
    refused = pinned(shown)
    assert refused.returncode == 1 and "did not show its own host key" in refused.stderr
