"""From one stack's hosts to another's: the bytes that the first run, by digest, signed, and not built again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.lab import Lab
from lab.machine import Machine
from tests.artifacts import keys
from tests.lab import evidence
from tests.lab.acceptance.conftest import Stack
from tests.lab.project import Project, Run, greeter, region

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]
SOURCE = "examples/greeter/greeter.go"


@pytest.fixture
def production(lab: Lab) -> Iterator[Machine]:
    """A host that has nothing yet."""
    yield lab.add("prod1")
    lab.remove("prod1")


def up(project: Project, stack: str) -> Run:
    return project.run("-m", "engine", "up", "--stack", stack)


def configured(project: Project, machine: Machine, signer: str, artifact: Any = None) -> None:
    """The stack `prod`, with settings of its own."""
    content = greeter(region([machine]), environment={"GREETING": "from prod"})
    content["release"] |= {"signedBy": signer}
    if artifact:
        content["service"]["artifact"] = artifact
    project.configure(content, "prod")


def artifact(project: Project) -> dict[str, str]:
    """What the stack file of `prod` names."""
    content = yaml.safe_load((project.directory / "Pulumi.prod.yaml").read_text())
    return content["config"]["slipway:service"]["artifact"]


def test_production_gets_the_bytes_that_the_first_stack_runs_and_nothing_is_built(
    native: Stack, production: Machine, tmp_path: Path
) -> None:
    project, store = native.project, tmp_path / "store"
    key, public = keys.new(tmp_path / "key")
    _, other = keys.new(tmp_path / "other")
    project.edit(SOURCE, "package main", "package main // promoted")
    project.must_up()
    verified = {evidence.process(host, evidence.status(host)["pid"]).sha256 for host in native.hosts}
    assert len(verified) == 1

    configured(project, production, public)
    early = up(project, "prod")
    assert early.code != 0
    assert "release.signedBy is set" in early.text and "make promote" in early.text
    words = ("promote", "--stack", "prod", "--from", "local", "--store", str(store), "--key", str(key))
    promoted = project.run("-m", "releases", *words)
    assert promoted.code == 0, promoted.text
    named = artifact(project)
    assert named["digest"] in promoted.text and "signed" in promoted.text

    # What cannot be compiled any more is not compiled any more.
    project.edit(SOURCE, "package main // promoted", "package main // promoted\nthis is no Go")
    done = up(project, "prod")
    assert done.code == 0, done.text
    assert {evidence.process(production, evidence.status(production)["pid"]).sha256} == verified
    assert evidence.greeting(production, 8080)["message"] == "from prod", "with its own settings"
    assert evidence.greeting(native.hosts[0], 8080)["message"] != "from prod"
    assert up(project, "prod").changed == {}

    before = evidence.status(production)
    configured(project, production, other, named)
    refused = up(project, "prod")
    assert refused.code != 0
    assert "signedBy" in refused.text
    binary = next(path for path in store.rglob("*") if path.is_file() and path.stat().st_size > 1_000_000)
    binary.chmod(0o644)
    binary.write_bytes(binary.read_bytes()[:-1] + b"x")
    configured(project, production, public, named)
    spoilt = project.run("-m", "engine", "preview", "--stack", "prod")
    assert spoilt.code != 0, spoilt.text
    assert "sha256" in spoilt.text or "digest" in spoilt.text
    assert evidence.status(production) == before
