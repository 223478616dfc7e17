"""Back to a release that the hosts keep: no build, no upload, no lost request, and refused where it cannot be had."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from lab.lab import Lab
from lab.machine import Machine
from tests.lab import evidence
from tests.lab.project import Project, Run, greeter, region
from tests.load import Plan, running

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]

HOSTS = ("back1", "back2", "back3", "back4")


@pytest.fixture(scope="module")
def machines(lab: Lab) -> Iterator[list[Machine]]:
    yield [lab.add(name) for name in HOSTS]
    for name in HOSTS:
        lab.remove(name)


@pytest.fixture(scope="module")
def project(machines: list[Machine], tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Two releases on each host, the second one live."""
    project = Project(tmp_path_factory.mktemp("rollback"), greeter(region(machines)))
    for text in ("first", "second"):
        project.configure(greeter(region(machines), environment={"GREETING": text}))
        project.must_up()
    return project


def releases(project: Project, *words: str) -> Run:
    return project.run("-m", "releases", *words, "--stack", "local")


def pinned(project: Project) -> list[str]:
    content = yaml.safe_load((project.directory / "Pulumi.local.yaml").read_text())
    return content["config"]["slipway:release"].get("pin", [])


def messages(machines: list[Machine]) -> set[str]:
    return {evidence.greeting(machine, 8080)["message"] for machine in machines}


def test_a_rollback_of_four_hosts_copies_nothing_loses_no_request_and_a_second_up_changes_nothing(
    project: Project, machines: list[Machine]
) -> None:
    shown = releases(project, "list")
    assert shown.code == 0, shown.text
    rows = shown.text.splitlines()[1:-1]
    assert [sum(f" {mark} " in row for row in rows) for mark in "*<"] == [4, 4], shown.text
    assert "from " in shown.text, "who released it"

    plan = Plan(
        url=f"http://{machines[-1].address}:8080/", rate=50, seconds=200, expect='"message"', timeout=30
    )
    with running(plan) as load:
        up = releases(project, "rollback", "--up")
    assert up.code == 0, up.text
    print(f"{up.seconds:.1f} s for {len(machines)} hosts; {load}")
    assert len(pinned(project)) == 1, "four hosts of one architecture keep the same release"
    assert load.lost == 0, load
    assert messages(machines) == {"first"}
    assert {sign for name, sign in up.changed.items() if name.endswith("-bundle")} == {"-"}, (
        "dropped, not copied"
    )
    assert project.must_up().changed == {}
    assert project.outputs()["artifacts"]["amd64"].keys() == {"sha256", "size", "goVersion"}


def test_an_id_that_no_host_keeps_is_refused_with_those_they_do(project: Project) -> None:
    before = pinned(project)
    done = releases(project, "rollback", "--to", "0123456789ab")
    assert done.code != 0
    for name in HOSTS:
        assert f"lab/{name} keeps none of 0123456789ab; it keeps " in done.text
    assert pinned(project) == before, "nothing was written"

    content = yaml.safe_load((project.directory / "Pulumi.local.yaml").read_text())
    content["config"]["slipway:release"]["pin"] = "0123456789ab"
    project.write_stack(content)
    failed = project.up()
    assert failed.code != 0
    assert "this host holds no release 0123456789ab of greeter (it holds: " in failed.text
    content["config"]["slipway:release"]["pin"] = before
    project.write_stack(content)


def test_the_previous_release_by_name_and_from_source_again(
    project: Project, machines: list[Machine]
) -> None:
    assert releases(project, "unpin").code == 0
    project.must_up()
    assert messages(machines) == {"second"}

    content = yaml.safe_load((project.directory / "Pulumi.local.yaml").read_text())
    content["config"]["slipway:release"]["pin"] = "previous"
    project.write_stack(content)
    project.must_up()
    assert messages(machines) == {"first"}
    assert project.must_up().changed == {}, "and not back again"
    assert messages(machines) == {"first"}
