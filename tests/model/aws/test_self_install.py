"""The script of a first start, run by a real shell with the real bundle form; `aws` and `sudo` are stand-ins."""

import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from model.aws import self_install
from model.aws.self_install import Stored, script
from model.release import edge_release
from model.release_policy import ReleasePolicy
from model.remote_script import Known
from model.service import Service

KEY = "shop-0123456789ab-01234567.tar.gz"
ACTIVATOR = b"import json, sys; print(json.dumps([sys.argv[1:], sys.stdin.read()]))"
SECRET = ("arn:aws:secretsmanager:eu-central-1:123456789012:secret:eu", "v1")


@pytest.fixture
def release() -> Known:
    service = Service(name="shop", source="shop", arguments=("{port}",))
    return Known.of(edge_release(service, ReleasePolicy(), 80, ("10.0.0.1:8080",)))


class Machine:
    """A home, a bucket that is a folder, and a PATH with stand-ins."""

    def __init__(self, folder: Path) -> None:
        self.home, self.bin, self.bucket = folder / "home", folder / "bin", folder / "bucket"
        for each in (self.home, self.bin, self.bucket):
            each.mkdir()
        self.command("sudo", 'shift; exec "$@"')
        self.command("sleep", f"echo slept >>{folder}/slept")
        self.slept = folder / "slept"
        (folder / "instance").write_text("i-0")
        self.aws()

    def command(self, name: str, text: str) -> None:
        (self.bin / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.bin / name).chmod(0o755)

    def aws(self, secret: str = "", refusals: int = 0) -> None:
        """An AWS CLI for one bucket and one secret, which refuses so often first."""
        self.command(
            "aws",
            f"""echo "$AWS_DEFAULT_REGION $*" >>{self.bucket}/asked
[ "$(wc -l <{self.bucket}/asked)" -gt {refusals} ] || exit 255
case "$1" in s3api) cp {self.bucket}/"$6" "$7";; secretsmanager) printf %s '{secret}';; esac""",
        )

    @property
    def told(self) -> list[str]:
        """How the hook was completed, each time."""
        asked = (self.bucket / "asked").read_text().splitlines()
        return [line.split()[-1] for line in asked if "complete-lifecycle-action" in line]

    def store(self, program: bytes = ACTIVATOR) -> str:
        """Returns the bundle's sha256."""
        with tarfile.open(self.bucket / KEY, "w:gz") as archive:
            member = tarfile.TarInfo("activator.pyz")
            member.size = len(program)
            archive.addfile(member, io.BytesIO(program))
        return hashlib.sha256((self.bucket / KEY).read_bytes()).hexdigest()

    def start(self, text: str) -> subprocess.CompletedProcess[str]:
        own = {"HOME=/root": f"HOME={self.home}", self_install.INSTANCE: f"{self.home}/../instance"}
        for there, here in (own | {self_install.PROVEN: f"{self.home}/proven"}).items():
            assert there in text
            text = text.replace(there, here)
        return subprocess.run(
            ["sh", "-c", text],
            env={"PATH": f"{self.bin}:/usr/bin:/bin"}, capture_output=True, text=True,
        )  # fmt: skip


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def stored(sha256: str = "00", secret: tuple[str, str] | None = None) -> Stored:
    return Stored(
        bucket="bundles-1",
        key=KEY,
        sha256=sha256,
        region="eu-central-1",
        group="eu-m7g",
        answers="http://127.0.0.1:9/healthz",
        secret=secret,
    )


def test_the_bundle_is_fetched_and_its_own_activator_turns_the_release_on(
    machine: Machine, release: Known
) -> None:
    sha256 = machine.store()
    done = machine.start(script(release, stored(sha256), "slipway/prod/eu"))
    assert done.returncode == 0, done.stderr
    words, given = json.loads(done.stdout)
    assert words[:5] == ["apply", "--bundle", f"{machine.home}/.slipway/{KEY}", "--sha256", sha256]
    assert words[5:7] == ["--owner", "slipway/prod/eu"]
    assert given == ""
    assert (
        (machine.bucket / "asked")
        .read_text()
        .startswith(f"eu-central-1 s3api get-object --bucket bundles-1 --key {KEY}")
    )


def test_secrets_reach_the_activator_on_its_input_and_stand_in_no_text(
    machine: Machine, release: Known
) -> None:
    sha256 = machine.store()
    machine.aws(secret='{"TOKEN": "a b\\nc"}')
    text = script(release, stored(sha256, SECRET), "slipway/prod/eu")
    _, given = json.loads(machine.start(text).stdout)
    assert given == '{"TOKEN": "a b\\nc"}'
    asked = (machine.bucket / "asked").read_text().splitlines()[-2]
    assert f"--secret-id {SECRET[0]} --version-id v1" in asked


def test_rights_that_are_not_known_everywhere_yet_are_waited_for(machine: Machine, release: Known) -> None:
    sha256 = machine.store()
    machine.aws(refusals=3)
    assert machine.start(script(release, stored(sha256), "o")).returncode == 0
    assert machine.slept.read_text().count("slept") == 3


def test_packages_that_a_mirror_did_not_give_are_asked_for_again(machine: Machine, release: Known) -> None:
    sha256 = machine.store()
    (machine.bin / "aws").rename(machine.bin / "not-yet")
    asked = machine.bucket / "packages"
    machine.command(
        "cloud-init",
        f'echo "$*" >>{asked}; [ "$(wc -l <{asked})" = 3 ] && mv {machine.bin}/not-yet {machine.bin}/aws',
    )
    done = machine.start(script(release, stored(sha256), "o"))
    assert done.returncode == 0, done.stderr
    assert (
        asked.read_text().splitlines()
        == ["single --name package_update_upgrade_install --frequency always"] * 3
    )
    assert machine.slept.read_text().count("slept") == 2


@pytest.mark.parametrize("secret", [None, SECRET])
def test_without_its_bundle_or_its_secrets_nothing_is_installed(
    machine: Machine, release: Known, secret: tuple[str, str] | None
) -> None:
    sha256 = machine.store()
    if secret:
        copy = f'cp {machine.bucket}/"$6" "$7"'
        machine.command("aws", f'case "$1" in s3api) {copy};; autoscaling) ;; *) exit 254;; esac')
    else:
        machine.aws(refusals=1000)
    done = machine.start(script(release, stored(sha256, secret), "o"))
    assert done.returncode != 0 and done.stdout == ""
    asked = 1 if secret else 2  # and the group, by who is refused everything
    assert machine.slept.read_text().count("slept") == asked * (self_install.ATTEMPTS - 1)


def test_when_the_activator_fails_so_does_the_first_start(machine: Machine, release: Known) -> None:
    sha256 = machine.store(b"import sys; sys.exit(3)")
    assert machine.start(script(release, stored(sha256), "o")).returncode == 3
    assert machine.told == ["ABANDON"], "the group would wait for half an hour"


def test_the_group_hears_that_the_release_runs_when_it_does_and_at_each_boot(
    machine: Machine, release: Known
) -> None:
    """A warm instance is stopped after its first start, and has to be proven again when it is needed."""
    text = script(release, stored(machine.store()), "o")
    assert machine.start(text).returncode == 0
    asked = (machine.bucket / "asked").read_text().splitlines()[-1]
    hook = "--lifecycle-hook-name slipway-proven --auto-scaling-group-name eu-m7g --instance-id i-0"
    assert (
        asked
        == f"eu-central-1 autoscaling complete-lifecycle-action {hook} --lifecycle-action-result CONTINUE"
    )
    machine.command("python3", "exit 0")
    assert machine.start(text).stdout == "", "nothing is installed twice"
    assert machine.told == ["CONTINUE", "CONTINUE"]
    machine.command("python3", "exit 1")
    assert machine.start(text).returncode != 0
    assert machine.told[2:] == ["ABANDON"], "it does not answer, so it must not get requests"


def test_one_that_could_not_be_proven_in_time_is_refused() -> None:
    assert self_install.too_long(Known(service="shop", release="1", waits=600)) is None
    wrong = self_install.too_long(Known(service="shop", release="1", waits=601))
    assert wrong and "600 s for that" in wrong


def test_nothing_of_another_bundle_is_run(machine: Machine, release: Known) -> None:
    machine.store()
    done = machine.start(script(release, stored("0" * 64), "o"))
    assert done.returncode != 0 and done.stdout == "" and "damaged" in done.stderr
