"""The order of a release over all hosts, as the engine is asked for it. That an engine keeps it is tested on real hosts."""

import asyncio
import logging
from typing import Any

import pytest
from pulumi.runtime.proto import resource_pb2

from tests.program.recorder import Recorder, inputs, run_program

COPY, COMMAND, PAUSE = "command:remote:CopyToRemote", "command:remote:Command", "command:local:Command"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
Request = resource_pb2.RegisterResourceRequest


def host(name: str, number: int) -> dict[str, Any]:
    return {"name": name, "address": f"10.0.0.{number}", "architecture": "amd64", "hostKey": KEY}


def region(count: int, first: int = 1, *, edge: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"hosts": [host(f"web{number + 1}", first + number) for number in range(count)]}
    return found | ({"edge": host("edge1", first + count)} if edge else {})


def released(*, regions: dict[str, Any], greeting: str = "hello", **release: Any) -> Recorder:
    service = {
        "name": "greeter",
        "source": "examples/greeter",
        "arguments": ["-addr", "127.0.0.1:{port}"],
        "environment": {"GREETING": greeting},
    }
    return run_program("prod", regions=regions, service=service, release={"uncommitted": "allow"} | release)


def waits_for(recorder: Recorder, name: str) -> set[str]:
    """The names of all that the command of that name depends on directly."""
    requests = recorder.of(COMMAND) | recorder.of(PAUSE)
    return {urn.split("::")[-1] for urn in requests[name].dependencies}


def asked_before(recorder: Recorder, name: str) -> set[str]:
    """The commands on hosts that the program had asked for, and been answered, when it asked for that of this name."""
    names = [request.name for request in recorder.registered if request.type == COMMAND]
    return set(names[: names.index(name)])


def test_each_batch_waits_for_every_host_of_the_one_before() -> None:
    recorder = released(regions={"eu": region(4)}, batches=[2])
    assert waits_for(recorder, "eu-web1") == {"eu-web1-bundle"}
    assert waits_for(recorder, "eu-web2") == {"eu-web2-bundle", "eu-web1"}
    assert waits_for(recorder, "eu-web3") == {"eu-web3-bundle", "eu-web1"}
    assert waits_for(recorder, "eu-web4") == {"eu-web4-bundle", "eu-web2", "eu-web3"}


def test_without_a_canary_the_first_batch_waits_for_nobody() -> None:
    recorder = released(regions={"eu": region(3)}, canary=0)
    assert all(waits_for(recorder, f"eu-web{n}") == {f"eu-web{n}-bundle"} for n in (1, 2, 3))


def test_a_region_begins_when_the_one_before_it_is_done() -> None:
    recorder = released(regions={"eu": region(3), "us": region(2, 20)})
    assert waits_for(recorder, "us-web1") == {"us-web1-bundle", "eu-web2", "eu-web3"}
    assert waits_for(recorder, "us-web2") == {"us-web2-bundle", "us-web1"}


def test_bundles_are_copied_ahead_of_their_turn() -> None:
    recorder = released(regions={"eu": region(3), "us": region(2, 20)})
    assert len(recorder.of(COPY)) == 5
    assert all(list(request.dependencies) == [] for request in recorder.of(COPY).values())


def test_every_host_is_confirmed_after_all_hosts_of_all_regions_have_the_release() -> None:
    recorder = released(regions={"eu": region(3, edge=True), "us": region(2, 20)})
    everywhere = {"eu-web1", "eu-web2", "eu-web3", "us-web1", "us-web2"}
    confirmed = {name for name in recorder.of(COMMAND) if name.endswith("-confirm")}
    assert confirmed == {f"{name}-confirm" for name in everywhere}, "an edge has nothing to go back to"
    for name in confirmed:
        assert asked_before(recorder, name) >= everywhere


def test_a_confirmation_runs_again_whenever_the_release_was_applied_and_deletes_nothing() -> None:
    request = released(regions={"eu": region(2)}).of(COMMAND)["eu-web1-confirm"]
    assert {urn.split("::")[-1] for urn in request.propertyDependencies["create"].urns} == {"eu-web1"}
    assert "delete" not in inputs(request)
    assert request.parent.endswith("::eu-web1")


def test_what_a_host_s_resources_depend_on_does_not_grow_with_the_number_of_hosts() -> None:
    """The engine keeps all of it in the state, which each step of an `up` saves."""

    def most(hosts: int) -> int:
        recorder = released(regions={"eu": region(hosts)}, canary=1)
        return max(
            len(request.dependencies) + sum(len(each.urns) for each in request.propertyDependencies.values())
            for request in recorder.registered
            if request.type in (COMMAND, COPY)
        )

    assert most(3) == most(12)


def test_hosts_go_back_after_the_time_that_people_are_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    recorder = released(regions={"eu": region(4)}, batches=[2], drain=10)
    told = (
        "4 hosts in 3 batches: web1 | web2 web3 | web4; "
        "a host goes back by itself after 540 s unless all have the release"
    )
    assert [record.getMessage() for record in caplog.records].count(told) == 1
    for number in range(1, 5):
        assert "--confirm-within 540" in inputs(recorder.of(COMMAND)[f"eu-web{number}"])["create"]


@pytest.mark.parametrize(
    "settings",
    [{"regions": {"eu": region(1, edge=True)}}, {"regions": {"eu": region(3)}, "onFailure": "hold"}],
)
def test_one_host_alone_and_hosts_on_hold_have_no_confirmation(settings: dict[str, Any]) -> None:
    recorder = released(**settings)
    assert not [name for name in recorder.of(COMMAND) if name.endswith("-confirm")]
    assert not [
        name
        for name, request in recorder.of(COMMAND).items()
        if "--confirm-within" in inputs(request)["create"]
    ]


def test_a_pause_stands_between_batches_and_runs_only_when_the_batch_before_it_did_something() -> None:
    recorder = released(regions={"eu": region(3), "us": region(1, 20)}, batches=[1], pause=30)
    pauses = recorder.of(PAUSE)
    assert set(pauses) == {"eu-pause-1", "eu-pause-2", "us-pause-0"}
    assert {inputs(request)["create"] for request in pauses.values()} == {"sleep 30"}
    assert waits_for(recorder, "eu-pause-2") == {"eu-web2"}
    assert waits_for(recorder, "eu-web3") == {"eu-web3-bundle", "eu-pause-2"}
    assert waits_for(recorder, "us-web1") == {"us-web1-bundle", "us-pause-0"}
    assert [urn.split("::")[-1] for urn in pauses["eu-pause-2"].propertyDependencies["stdin"].urns] == [
        "eu-web2"
    ]


def test_a_release_does_not_touch_the_edge_which_opens_after_the_hosts() -> None:
    one, two = (released(regions={"eu": region(2, edge=True)}, greeting=text) for text in ("one", "two"))

    def told(recorder: Recorder, name: str) -> list[Any]:
        return [
            inputs(recorder.of(COMMAND)[name]),
            inputs(recorder.of(COPY)[f"{name}-bundle"])["source"].path,
        ]

    assert told(one, "eu-edge1") == told(two, "eu-edge1")
    assert told(one, "eu-web1") != told(two, "eu-web1")
    assert waits_for(one, "eu-edge1") >= {"eu-web1", "eu-web2"}


def test_no_host_changes_before_the_edge_would_take_its_site_unless_they_go_back_to_a_kept_release() -> None:
    recorder = released(regions={"eu": region(2, edge=True)})
    assert "eu-edge1-check" in waits_for(recorder, "eu-web1")
    assert "activator.pyz" in (create := inputs(recorder.of(COMMAND)["eu-edge1-check"])["create"])
    assert "check --bundle" in create
    rollback = released(regions={"eu": region(2, edge=True)}, pin=["0123456789ab"])
    assert waits_for(rollback, "eu-web1") == set()


def test_the_outputs_tell_what_was_confirmed() -> None:
    outputs = released(regions={"eu": region(2)}).outputs
    hosts = asyncio.run(resolved(outputs["regions"]["eu"]))["hosts"]
    assert hosts["web1"]["release"] == "said by eu-web1-confirm"
    assert {urn.split("::")[-1] for urn in asyncio.run(waited_for(outputs["url"]))} >= {
        "eu-web1-confirm",
        "eu-web2-confirm",
    }


async def resolved(output: Any) -> Any:
    return await output.future()


async def waited_for(output: Any) -> list[str]:
    return [str(await resource.urn.future()) for resource in await output.resources()]


def test_a_pinned_release_is_turned_on_everywhere_at_once_without_a_build_or_a_copy() -> None:
    recorder = released(
        regions={"eu": region(3, edge=True), "us": region(2, 20)},
        pin=["0123456789ab", "ba9876543210"],
        pause=30,
    )
    assert recorder.invoked == [], "a rollback must work when the source does not compile"
    assert set(recorder.of(COPY)) == {"eu-edge1-bundle"}
    assert recorder.of(PAUSE) == {}
    everywhere = {"eu-web1", "eu-web2", "eu-web3", "us-web1", "us-web2"}
    for name in everywhere:
        assert waits_for(recorder, name) == set()
        create = inputs(recorder.of(COMMAND)[name])["create"]
        assert "apply --service greeter --release 0123456789ab,ba9876543210 --owner slipway/prod/" in create
        assert "--confirm-within" in create
        assert asked_before(recorder, f"{name}-confirm") >= everywhere


def test_the_previous_release_is_asked_for_once_on_each_host_and_that_answer_is_turned_on() -> None:
    recorder = released(regions={"eu": region(2)}, pin="previous")
    for name in ("eu-web1", "eu-web2"):
        asked = inputs(recorder.of(COMMAND)[f"{name}-previous"])
        assert "previous --service greeter" in asked["create"]
        assert "delete" not in asked
        request = recorder.of(COMMAND)[name]
        assert f"--release said by {name}-previous " in inputs(request)["create"]
        assert waits_for(recorder, name) >= {f"{name}-previous"}


def test_the_outputs_of_a_pinned_run_are_what_the_hosts_reported() -> None:
    outputs = released(regions={"eu": region(2)}, pin="previous").outputs
    assert asyncio.run(resolved(outputs["version"])) == "v"
    artifacts = asyncio.run(resolved(outputs["artifacts"]))
    assert artifacts == {"amd64": {"sha256": "s", "size": 1, "goVersion": "go1"}}


def test_alarms_are_looked_at_between_batches_and_before_anybody_is_confirmed() -> None:
    alarm = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:errors"
    recorder = released(regions={"eu": region(3)}, alarms=[alarm], pause=90.5)
    looks = {"eu-pause-1", "eu-web1-alarms"}
    assert looks == recorder.of(PAUSE).keys()
    for name in looks:
        asked = inputs(recorder.of(PAUSE)[name])
        assert asked["create"] == f".venv/bin/python -m targets quiet {alarm} --within 91"
    assert waits_for(recorder, "eu-web2") == {"eu-web2-bundle", "eu-pause-1"}
    assert waits_for(recorder, "eu-web1-alarms") == {"eu-web1", "eu-web2", "eu-web3"}
    assert waits_for(recorder, "eu-web2-confirm") == {"eu-web2", "eu-web1-alarms"}
