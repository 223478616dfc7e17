"""What an installation asks of the engine. That an engine and a host obey is tested on real hosts."""

from pathlib import Path

import pulumi_command as command
import pytest

from components import bundle
from components.hosts import Host
from components.installation import Installation, InstallationArgs
from model.architecture import Architecture
from model.release import edge_release
from model.release_policy import ReleasePolicy
from model.service import Service
from tests.components.recording import Recording, record

COPY, COMMAND = "command:remote:CopyToRemote", "command:remote:Command"


def installed(folder: Path, *, new: bool) -> Recording:
    """An installation on a machine that the program makes (`new`) or that was there."""

    def program() -> None:
        machine = command.local.Command("machine", create="true") if new else None
        started = command.local.Command("started", create="true") if new else None
        service = Service(name="shop", source="shop", arguments=("{port}",))
        release = edge_release(service, ReleasePolicy(), 80, ("10.0.0.1:8080",))
        host = Host(
            name="web1",
            address="10.0.0.1",
            architecture=Architecture.AMD64,
            connection=command.remote.ConnectionArgs(host="10.0.0.1", host_key="ssh-ed25519 AAAA"),
            identity="i-1",
            resource=machine,
            ready=started,
        )
        Installation(
            "eu-web1",
            InstallationArgs(host=host, release=bundle.write(release, folder), owner="slipway/test"),
        )

    return record(program)


def test_nothing_is_copied_to_a_new_machine_before_its_first_start_is_over(tmp_path: Path) -> None:
    recording = installed(tmp_path, new=True)
    assert recording.waits_for(COPY, "eu-web1-bundle") == {"started"}
    assert "eu-web1-bundle" in recording.waits_for(COMMAND, "eu-web1")


@pytest.mark.parametrize(("kind", "name"), [(COPY, "eu-web1-bundle"), (COMMAND, "eu-web1")])
def test_what_is_on_a_machine_goes_with_it(tmp_path: Path, kind: str, name: str) -> None:
    assert installed(tmp_path, new=True).request(kind, name).deletedWith.endswith("::machine")


def test_a_machine_that_was_there_is_waited_for_by_nobody(tmp_path: Path) -> None:
    recording = installed(tmp_path, new=False)
    assert recording.waits_for(COPY, "eu-web1-bundle") == set()
    assert not recording.request(COMMAND, "eu-web1").deletedWith
