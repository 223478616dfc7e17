"""What an installation asks of the engine. That an engine and a host obey is tested on real hosts."""

import json
import re
from pathlib import Path
from typing import Any

import pulumi_command as command
import pytest

from components import bundle
from components.hosts import Host
from components.installation import Installation, InstallationArgs, lacking
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


@pytest.mark.parametrize(("reported", "confirmed"), [("", True), ("0123456789ab", False)])
def test_a_release_that_target_kept_from_another_host_is_not_confirmed(
    tmp_path: Path, reported: str, confirmed: bool
) -> None:
    """`reported` is what the second host said last; empty: the release that it is given."""

    def program() -> None:
        service = Service(name="shop", source="shop", arguments=("{port}",))
        made = bundle.write(edge_release(service, ReleasePolicy(), 80, ("10.0.0.1:8080",)), tmp_path)
        hosts = [
            Host(
                name=name,
                address=name,
                architecture=Architecture.AMD64,
                connection=command.remote.ConnectionArgs(host=name, host_key="ssh-ed25519 AAAA"),
                identity=name,
            )
            for name in ("web1", "web2")
        ]
        both = [
            Installation(f"eu-{host.name}", InstallationArgs(host=host, release=made, owner="slipway/test"))
            for host in hosts
        ]
        left = lacking(both)
        for each in both:
            each.confirm(left)

    def answer(inputs: dict[str, Any]) -> dict[str, Any]:
        found = re.search(r"releases/([0-9a-f]{12})/", inputs["create"])
        release = found[1] if found else ""
        if inputs["name"] == "eu-web2" and reported:
            release = reported
        return {"stdout": json.dumps({"release": release, "host": "h"})}

    recording = record(program, made={COMMAND: answer})
    create = recording.inputs(COMMAND, "eu-web1-confirm")["create"]
    assert (" confirm " in create) is confirmed
    assert ("web2 did not get this release, so web1 stays unconfirmed" in create) is not confirmed
