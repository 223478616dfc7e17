"""The whole program for each stack: exactly what it declares, with the inputs that matter."""

import asyncio
import json
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

import pulumi
import pytest

from tests.program.recorder import Recorder, inputs, run_program

COPY, COMMAND = "command:remote:CopyToRemote", "command:remote:Command"
INSTALLATION, EDGE, REGION = "slipway:index:Installation", "slipway:index:Edge", "slipway:index:Region"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJBhkMyi9ND8SRJKRCjRFANMcLN/1Ls6i+M6wnXmEem+"
CLEAN = {"uncommitted": "allow"}  # tests also run while somebody edits the example


def kinds(recorder: Recorder) -> Counter[str]:
    return Counter(request.type for request in recorder.registered)


def region(*architectures: str, **changes: Any) -> dict[str, Any]:
    hosts = [
        {"name": f"web{number}", "address": f"10.0.0.{number}", "architecture": architecture, "hostKey": KEY}
        for number, architecture in enumerate(architectures, 1)
    ]
    return {"hosts": hosts} | changes


def plain() -> Recorder:
    """Three machines that are there already, behind an edge."""
    edge = region("amd64")["hosts"][0] | {"name": "edge1", "address": "10.0.0.9"}
    return run_program("prod", release=CLEAN, regions={"eu": region("arm64", "arm64", "amd64", edge=edge)})


def inventory(path: Path, *architectures: str) -> dict[str, Any]:
    (path / "inventory.json").write_text(json.dumps(region(*architectures)))
    return {"local": {"inventory": str(path / "inventory.json")}}


def test_one_plain_host_has_no_edge() -> None:
    recorder = run_program("prod", release=CLEAN, regions={"eu": region("arm64")})
    assert kinds(recorder)[EDGE] == 0
    assert kinds(recorder)[INSTALLATION] == kinds(recorder)[COPY] == 1


def test_of_several_hosts_without_an_edge_it_is_said_which_one_the_url_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    run_program("prod", release=CLEAN, regions={"eu": region("arm64", "arm64")})
    said = "region eu has 2 hosts and no edge: its url is that of web1 alone"
    assert said in [record.getMessage() for record in caplog.records]


def test_three_plain_hosts_stand_behind_their_edge() -> None:
    recorder = plain()
    assert kinds(recorder)[REGION] == kinds(recorder)[EDGE] == 1
    assert kinds(recorder)[INSTALLATION] == kinds(recorder)[COPY] == 4


def test_local_reads_its_hosts_from_the_labs_inventory(tmp_path: Path) -> None:
    recorder = run_program("local", regions=inventory(tmp_path, "amd64", "arm64"))
    assert set(recorder.of(INSTALLATION)) == {"local-web1", "local-web2"}


def test_each_host_gets_the_binary_of_its_architecture_and_no_other_is_built(tmp_path: Path) -> None:
    recorder = run_program("local", regions=inventory(tmp_path, "amd64", "amd64"))
    assert list(recorder.outputs["artifacts"]) == ["amd64"]
    sources = {inputs(request)["source"].path for request in recorder.of(COPY).values()}
    assert len(sources) == 1, "two hosts of one architecture share one bundle"


def test_the_users_files_travel_in_the_bundle_and_another_content_is_another_release(tmp_path: Path) -> None:
    own = tmp_path / "app.yaml"
    service = {"name": "greeter", "source": "examples/greeter", "arguments": ["{port}"]}
    service["files"] = {"conf/app.yaml": {"source": str(own)}}
    commands = set[str]()
    for content in ("one", "two"):
        own.write_text(content)
        recorder = run_program("local", regions=inventory(tmp_path, "amd64"), service=service)
        (copy,) = recorder.of(COPY).values()
        with tarfile.open(inputs(copy)["source"].path) as bundle:
            member = bundle.extractfile("files/own/conf/app.yaml")
            assert member and member.read().decode() == content
        commands.add(inputs(recorder.of(COMMAND)["local-web1"])["create"])
    assert len(commands) == 2, "preview shows that it changes"


def test_every_connection_is_pinned_bounded_and_not_roots() -> None:
    recorder = plain()
    requests = [request for request in recorder.registered if request.type in (COPY, COMMAND)]
    assert requests
    for request in requests:
        connection = pulumi_value(inputs(request)["connection"])
        assert connection["hostKey"].startswith("ssh-ed25519 "), f"{request.name} would trust any host key"
        assert connection["user"] == "deploy"
        assert connection["dialErrorLimit"] * connection["perDialTimeout"] <= 40, (
            "an unreachable host is named within 60 s"
        )


def test_a_machine_in_anothers_place_gets_everything_and_the_one_that_is_gone_is_never_dialled(
    tmp_path: Path,
) -> None:
    def asked(key: str) -> dict[str, dict[str, Any]]:
        hosts = region(
            "amd64", "amd64", edge=region("amd64")["hosts"][0] | {"name": "edge1", "address": "10.0.0.9"}
        )
        hosts["hosts"][0]["hostKey"] = hosts["edge"]["hostKey"] = key
        recorder = run_program("local", regions={"local": hosts})
        return {
            f"{each.type} {each.name}": inputs(each)
            for each in recorder.registered
            if each.type in (COPY, COMMAND)
        }

    before, after = asked(KEY), asked(OTHER_KEY)
    assert before.keys() == after.keys()
    for name in before:
        changed = {key for key in before[name].keys() - {"source"} if before[name][key] != after[name][key]}
        again = {"remotePath"} if name.startswith(COPY) else {"create"}
        if "web2" in name and not name.endswith("confirm"):
            assert not changed, f"{name} is on another machine"
        elif "web2" not in name:
            assert again <= changed, (
                f"{name} would not run on the new machine: pulumi-command ignores a mere connection"
            )
        assert "triggers" not in before[name], (
            f"{name} would be replaced, and deleting the old one dials a machine that is gone"
        )


def test_nothing_is_passed_on_from_an_earlier_run() -> None:
    for request in plain().of(COMMAND).values():
        assert inputs(request)["addPreviousOutputInEnv"] is False


def test_a_command_waits_for_its_bundle() -> None:
    recorder = plain()
    for name in recorder.of(COPY):
        command = recorder.of(COMMAND)[name.removesuffix("-bundle")]
        assert any(urn.endswith(f"::{name}") for urn in command.dependencies)


def test_the_edge_opens_after_the_hosts_serve() -> None:
    edge = plain().of(COMMAND)["eu-edge1"]
    waits_for = {urn.split("::")[-1] for urn in edge.dependencies}
    assert {"eu-web1", "eu-web2", "eu-web3"} <= waits_for


def test_what_is_removed_is_named_with_its_owner() -> None:
    for name, command in plain().of(COMMAND).items():
        if "delete" in inputs(command):
            assert f"--owner slipway/prod/{name}/" in inputs(command)["delete"]


def test_secrets_travel_on_standard_input_alone(tmp_path: Path) -> None:
    canary = "canary-5e1f"
    recorder = run_program("local", regions=inventory(tmp_path, "amd64"), secrets={"TOKEN": canary})
    for request in recorder.registered:
        values = {key: pulumi_value(value) for key, value in inputs(request).items()}
        stdin = values.pop("stdin", None)
        assert canary not in repr(values), f"{request.name} shows a secret"
        if stdin:
            assert inputs(request)["stdin"].keys() >= {"value"}, (
                f"{request.name}'s standard input is not marked secret"
            )
    assert canary in pulumi_value(inputs(recorder.of(COMMAND)["local-web1"])["stdin"])


def test_the_outputs_say_what_is_served_where(tmp_path: Path) -> None:
    outputs = run_program("local", regions=inventory(tmp_path, "amd64")).outputs
    assert set(outputs) >= {"service", "version", "artifacts", "regions", "url"}
    assert outputs["service"] == "greeter"
    assert outputs["artifacts"]["amd64"].keys() == {"sha256", "size", "goVersion"}


def manifest(request: Any) -> dict[str, Any]:
    """Of the bundle that a copy takes to its host."""
    with tarfile.open(inputs(request)["source"].path) as bundle:
        found = bundle.extractfile("manifest.json")
        assert found
        return json.load(found)


def test_a_worker_has_no_url_and_only_the_first_host_does_what_is_done_once() -> None:
    worker = {"name": "greeter", "source": "examples/greeter", "kind": "worker", "notify": True}
    once = {"tasks": [{"name": "migrate"}], "schedule": {"clean": {"calendar": "daily"}}}
    hosts = region("amd64", "amd64", "amd64")
    recorder = run_program("prod", release=CLEAN, service={**worker, **once}, regions={"eu": hosts})
    assert asyncio.run(resolved(recorder.outputs["url"])) == ""
    manifests = {name: manifest(copy) for name, copy in recorder.of(COPY).items()}
    told = {name: (bool(found.get("tasks")), found["schedule"]) for name, found in manifests.items()}
    assert told == {
        "eu-web1-bundle": (True, ["clean"]),
        "eu-web2-bundle": (False, []),
        "eu-web3-bundle": (False, []),
    }


def test_a_compile_error_is_the_compilers_own_lines(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module broken\n\ngo 1.24\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() { undefinedThing() }\n")
    service = {"name": "broken", "source": str(tmp_path), "arguments": ["{port}"]}
    with pytest.raises(pulumi.RunError) as caught:
        run_program("local", regions=inventory(tmp_path, "amd64"), service=service)
    assert "main.go:3:15: undefined: undefinedThing" in str(caught.value)
    assert "Traceback" not in str(caught.value) and "gobuild --report" not in str(caught.value)


def test_a_misspelt_key_stops_the_program_before_anything_is_declared(tmp_path: Path) -> None:
    with pytest.raises(
        pulumi.RunError,
        match=r"Pulumi\.local\.yaml:\n  slipway:relaese is not a setting; did you mean release\?",
    ):
        run_program("local", regions=inventory(tmp_path, "amd64"), relaese={})


async def resolved(output: Any) -> Any:
    return await output.future()


def pulumi_value(value: Any) -> Any:
    """The value inside Pulumi's mark of a secret."""
    return (
        value["value"] if isinstance(value, dict) and "4dabf18193072939515e22adb298388d" in value else value
    )
